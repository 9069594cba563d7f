// The annotation service, put together over a directory: for its own process and for the one with
// all services.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/worker.h"
#include "common/corpus/corpus.h"
#include "common/corpus/snapshots.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/handlers.h"
#include "common/rpc/health_watch.h"
#include "common/rpc/streams.h"
#include "common/tasks/lease_waiters.h"
#include "common/tasks/queues.h"
#include "common/teach/learners.h"
#include "grpcpp/impl/service_type.h"
#include "services/annotation/annotation_service.h"
#include "services/annotation/snapshot_service.h"

namespace winnow::kv {
class RocksStore;
}

namespace winnow::annotation {

class Composition {
 public:
  // `corpus_root` holds db/ and snapshots/; made if need be. `store` must outlive it.
  // FailedPrecondition when another process has the database open.
  static absl::StatusOr<std::unique_ptr<Composition>> Open(const std::filesystem::path& corpus_root,
                                                           const models::ModelStore& store,
                                                           const rpc::StreamLimits& limits = {});

  // Before the server of a front shuts down: ends streams, and lets go of the calls that wait.
  void Stop() {
    // First, or they would wait anew.
    streams_->Stop();
    waiters_->Stop();
    queues_->Stop();
  }

  // The two services as one server needs them.
  class Front {
   public:
    Front(Composition& composition, const rpc::Handlers& handlers);
    std::vector<grpc::Service*> services() { return {&annotation_, &snapshots_}; }
    // They serve while the corpus can be written.
    std::vector<rpc::ServedService> served() const;

   private:
    corpus::Corpus& corpus_;
    AnnotationServiceImpl annotation_;
    SnapshotServiceImpl snapshots_;
  };
  // One for each server; the composition must outlive it.
  std::unique_ptr<Front> MakeFront(const rpc::Handlers& handlers) {
    return std::make_unique<Front>(*this, handlers);
  }

 private:
  explicit Composition(const models::ModelStore& store);

  std::filesystem::path corpus_root_;
  const Clock& clock_;
  std::unique_ptr<corpus::Corpus> corpus_;
  // The corpus' database.
  kv::RocksStore* rocks_ = nullptr;
  std::unique_ptr<corpus::Snapshots> snapshots_;
  models::ModelCache models_;
  teach::Learners learners_;
  ImportTurns import_turns_;
  std::unique_ptr<tasks::Queues> queues_;
  std::unique_ptr<tasks::LeaseWaiters> waiters_;
  Worker worker_;
  std::unique_ptr<rpc::Streams> streams_;
};

}  // namespace winnow::annotation

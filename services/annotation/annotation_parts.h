// The annotation service, put together over a directory: for its own process and for the one with
// all services.
#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "common/corpus/snapshots.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/annotation/annotation_service.h"
#include "services/annotation/queue_registry.h"

namespace winnow::annotation {

class AnnotationParts {
 public:
  // `corpus_root` holds db/ and snapshots/; made if need be. `store` must outlive it.
  // FailedPrecondition when another process has the database open.
  static absl::StatusOr<std::unique_ptr<AnnotationParts>> Open(
      const std::filesystem::path& corpus_root, const models::ModelStore& store);

  AnnotationServiceImpl& service() { return *service_; }
  // Another front of the same parts, for a second server; the parts must outlive it.
  std::unique_ptr<AnnotationServiceImpl> MakeService();

 private:
  AnnotationParts() = default;

  std::unique_ptr<corpus::Corpus> corpus_;
  std::unique_ptr<corpus::Snapshots> snapshots_;
  std::unique_ptr<models::ModelCache> models_;
  std::unique_ptr<QueueRegistry> queues_;
  std::unique_ptr<AnnotationServiceImpl> service_;
};

}  // namespace winnow::annotation

#include "services/annotation/composition.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/tasks/kinds.h"
#include "common/tasks/stored_stream.h"
#include "common/teach/cold_start.h"
#include "common/teach/markup_finder.h"
#include "common/teach/match_finder.h"
#include "common/teach/ordered_stream.h"
#include "common/teach/review_finder.h"
#include "common/teach/teach_stream.h"

namespace winnow::annotation {
namespace {

// Learning leaves a core to people and to the disk.
int NumLearnerThreads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
}

// A queue's tasks, by its kind.
absl::StatusOr<std::unique_ptr<tasks::Stream>> OpenStream(
    const teach::TeachEnvironment& environment, const storage::v1::Queue& queue,
    tasks::OpenProgress& progress) {
  if (queue.kind() == storage::v1::TASK_KIND_COMPARE)
    return tasks::StoredStream::Open(queue, *environment.corpus);
  std::unique_ptr<teach::TaskFinder> finder;
  if (queue.kind() == storage::v1::TASK_KIND_REVIEW) {
    finder = std::make_unique<teach::ReviewFinder>(*environment.corpus, queue);
  } else if (tasks::IsMarkup(queue.kind())) {
    WINNOW_ASSIGN_OR_RETURN(finder, teach::MarkupFinder::Make(environment, queue));
  } else if (queue.strategy() == teach::kPatternStrategy) {
    WINNOW_ASSIGN_OR_RETURN(finder, teach::MatchFinder::Make(environment.corpus->reader(), queue));
  }
  if (finder != nullptr) return teach::OrderedStream::Open(environment, queue, std::move(finder));
  return teach::TeachStream::Open(environment, queue, progress);
}

}  // namespace

Composition::Composition(const models::ModelStore& store)
    : clock_(SystemClock::Get()), models_(&store), learners_(NumLearnerThreads()) {}

absl::StatusOr<std::unique_ptr<Composition>> Composition::Open(
    const std::filesystem::path& corpus_root, const models::ModelStore& store,
    const rpc::StreamLimits& limits) {
  std::unique_ptr<Composition> made(new Composition(store));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<kv::RocksStore> database,
                          kv::RocksStore::Open(corpus_root / "db"));
  // The corpus owns the database as long as it lives.
  kv::RocksStore* rocks = made->rocks_ = database.get();
  WINNOW_ASSIGN_OR_RETURN(made->corpus_, corpus::Corpus::Open(std::move(database), made->clock_));
  WINNOW_ASSIGN_OR_RETURN(made->snapshots_,
                          corpus::Snapshots::Open(*made->corpus_, corpus_root, made->clock_,
                                                  [rocks](const std::filesystem::path& directory) {
                                                    return rocks->Checkpoint(directory);
                                                  }));
  const teach::TeachEnvironment environment{made->corpus_.get(), &made->models_, &store,
                                            &made->learners_};
  made->corpus_root_ = corpus_root;
  made->queues_ = std::make_unique<tasks::Queues>(
      *made->corpus_, made->clock_,
      [environment](const storage::v1::Queue& queue, tasks::OpenProgress& progress) {
        return OpenStream(environment, queue, progress);
      });
  made->waiters_ = std::make_unique<tasks::LeaseWaiters>(*made->queues_, made->clock_);
  made->streams_ = std::make_unique<rpc::Streams>(made->clock_, limits);
  return made;
}

Composition::Front::Front(Composition& composition, const rpc::Handlers& handlers)
    : corpus_(*composition.corpus_),
      annotation_(
          *composition.corpus_, {*composition.queues_, *composition.waiters_, composition.worker_},
          *composition.streams_, composition.models_, composition.import_turns_,
          composition.corpus_root_, composition.clock_,
          [rocks = composition.rocks_] { return rocks->Compact(); }, handlers),
      snapshots_(*composition.corpus_, *composition.snapshots_, handlers) {}

std::vector<rpc::ServedService> Composition::Front::served() const {
  // Both need the same: the second repeats what the first has found.
  const auto writable = std::make_shared<absl::Status>();
  return {{v1::AnnotationService::service_full_name(),
           [this, writable] { return *writable = corpus_.CheckWritable(); }},
          {v1::SnapshotService::service_full_name(), [writable] { return *writable; }}};
}

}  // namespace winnow::annotation

// The queues of this process, by name: made, found again after a restart, kept at work.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "services/annotation/task_queue.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::annotation {

// Thread-safe. What is passed in must outlive it.
class QueueRegistry {
 public:
  QueueRegistry(corpus::Corpus& corpus, models::ModelCache& models, const models::ModelStore& store,
                const Clock& clock)
      : corpus_(corpus), models_(models), store_(store), clock_(clock) {}

  // Makes the queue, with its audit frame, or returns the one of that name when it has the same
  // spec. InvalidArgument with every wrong field; NotFound for an unknown model, source or data
  // set; FailedPrecondition when the name is another queue's.
  absl::StatusOr<std::shared_ptr<TaskQueue>> Create(const corpus::RequestKey& key,
                                                    const v1::QueueSpec& spec);

  // Opens the queue if need be. NotFound (UNKNOWN_QUEUE) with the nearest names.
  absl::StatusOr<std::shared_ptr<TaskQueue>> Get(absl::string_view name);

  // Stores comparisons with a queue of that kind; returns how many it did not have.
  absl::StatusOr<uint64_t> AddComparisons(const corpus::RequestKey& key,
                                          const v1::AddComparisonsRequest& request);

 private:
  absl::StatusOr<std::shared_ptr<TaskQueue>> Open(const storage::v1::Queue& spec);
  absl::Status CheckSpec(const v1::QueueSpec& spec) const;

  corpus::Corpus& corpus_;
  models::ModelCache& models_;
  const models::ModelStore& store_;
  const Clock& clock_;
  // Held while a queue is opened, so that it is opened once.
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<TaskQueue>, std::less<>> queues_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation

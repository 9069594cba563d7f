// Tasks in an order that no answer changes: texts to mark completely, and what patterns match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/tasks/stream.h"
#include "common/teach/environment.h"
#include "common/teach/learners.h"
#include "common/teach/pool.h"
#include "common/teach/revision_waiters.h"
#include "common/teach/task_finder.h"

namespace winnow::teach {

// Thread-safe.
//
// It takes turns on the learners' threads: it looks for tasks in a block of texts after the other,
// follows its source, and looks through all texts again when its finder says so. What it has found
// so far is in order and is exchanged whole, so leasing never waits for it.
class OrderedStream final : public tasks::Stream, private Learners::Learner {
 public:
  // Reads the pool and the first block. Errors of the finder, but for UNKNOWN_LABEL, which pauses
  // the stream, and of the source.
  static absl::StatusOr<std::unique_ptr<OrderedStream>> Open(const TeachEnvironment& environment,
                                                             const storage::v1::Queue& queue,
                                                             std::unique_ptr<TaskFinder> finder);
  ~OrderedStream() override;

  std::optional<storage::v1::Task> Next(
      const tasks::AskedCounts& asked,
      absl::FunctionRef<bool(const corpus::Id& task)> is_known) override;
  void Restart() override;
  void Stop() override;
  absl::Status Refresh() override;
  absl::Status Complete(storage::v1::Task& task) const override;
  void WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) override;
  tasks::Emptiness WhyEmpty() const override;
  uint64_t Generation() const override;
  tasks::StreamFacts Facts() const override;

 private:
  // The worthiest first.
  using Order = std::vector<FoundTask>;

  OrderedStream(const TeachEnvironment& environment, const storage::v1::Queue& queue,
                std::unique_ptr<TaskFinder> finder);

  bool TakeTurn() override;
  // True when there is more to do.
  absl::StatusOr<bool> Read();
  absl::Status FollowSource();
  // Appends what is in the next block of texts, and returns where it ends.
  absl::StatusOr<size_t> ReadBlock(Order& found);
  // Takes the tasks in: beside those before, or in their place.
  void Publish(Order found, bool anew);

  const TeachEnvironment environment_;
  const storage::v1::Queue queue_;
  const std::unique_ptr<TaskFinder> finder_;

  // Of the opening thread, then of the turns, one at a time.
  Pool pool_;
  // Revision of the source up to which pool_ was read.
  uint64_t pool_revision_ = 0;
  // Texts of the pool that were looked through.
  size_t num_read_ = 0;
  // Some of these are to be looked through again. When all have been: so nothing that is new every
  // moment keeps the rest from their turn.
  bool is_stale_ = false;

  RevisionWaiters waiters_;

  mutable Mutex mutex_;
  std::shared_ptr<const Order> order_ WINNOW_GUARDED_BY(mutex_) = std::make_shared<Order>();
  // Those before it are known to the queue.
  size_t next_ WINNOW_GUARDED_BY(mutex_) = 0;
  size_t num_looked_through_ WINNOW_GUARDED_BY(mutex_) = 0;
  uint64_t num_changes_ WINNOW_GUARDED_BY(mutex_) = 0;
  // Why it stands still, if it does.
  absl::Status status_ WINNOW_GUARDED_BY(mutex_);
  tasks::StreamFacts facts_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::teach

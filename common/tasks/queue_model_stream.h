// A stream whose order changes, as that of a model that is swapped.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/tasks/stored_stream.h"

namespace winnow::tasks {

// Of the stored tasks, each of which it offers once: the queue must keep what it does not hand out.
class SwappedStream final : public Stream {
 public:
  SwappedStream(std::unique_ptr<StoredStream> stored, std::vector<storage::v1::Task> tasks)
      : stored_(std::move(stored)), tasks_(std::move(tasks)) {}

  void Swap(Random& random) {
    random.Shuffle(tasks_);
    next_ = 0;
  }
  std::optional<storage::v1::Task> Next(
      const AskedCounts&, absl::FunctionRef<bool(const corpus::Id& task)> is_known) override {
    while (next_ < tasks_.size()) {
      const storage::v1::Task& task = tasks_[next_++];
      if (!is_known(corpus::Id(task.id()))) return task;
    }
    return std::nullopt;
  }
  void Restart() override { next_ = 0; }
  absl::Status Refresh() override { return stored_->Refresh(); }
  absl::Status Complete(storage::v1::Task& task) const override { return stored_->Complete(task); }
  void WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) override {
    stored_->WhenCurrent(revision, std::move(done));
  }
  Emptiness WhyEmpty() const override { return {NoTask::kExhausted, absl::InfiniteFuture(), ""}; }
  uint64_t Generation() const override { return stored_->Generation(); }
  StreamFacts Facts() const override { return stored_->Facts(); }

 private:
  const std::unique_ptr<StoredStream> stored_;
  std::vector<storage::v1::Task> tasks_;
  // Those before it were offered, or known to the queue.
  size_t next_ = 0;
};

}  // namespace winnow::tasks

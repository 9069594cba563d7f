// Tasks that were stored with their queue beforehand, asked in the order in which they were stored.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/tasks/stream.h"

namespace winnow::tasks {

// Thread-safe. `corpus` must outlive it. It keeps 16 bytes of a task.
class StoredStream final : public Stream {
 public:
  static absl::StatusOr<std::unique_ptr<StoredStream>> Open(const storage::v1::Queue& queue,
                                                            const corpus::Corpus& corpus);

  std::optional<storage::v1::Task> Next(
      const AskedCounts& asked, absl::FunctionRef<bool(const corpus::Id& task)> is_known) override;
  void Restart() override;
  absl::Status Refresh() override;
  absl::Status Complete(storage::v1::Task& task) const override;
  void WhenCurrent(uint64_t revision, std::function<void(absl::Status)> done) override;
  Emptiness WhyEmpty() const override;
  uint64_t Generation() const override;
  StreamFacts Facts() const override;

 private:
  StoredStream(const storage::v1::Queue& queue, const corpus::Corpus& corpus)
      : queue_(queue.name()), corpus_(corpus) {}

  const std::string queue_;
  const corpus::Corpus& corpus_;

  // Held while tasks are read; before mutex_.
  Mutex refresh_mutex_;
  uint64_t read_revision_ WINNOW_GUARDED_BY(refresh_mutex_) = 0;

  mutable Mutex mutex_;
  std::vector<corpus::Id> tasks_ WINNOW_GUARDED_BY(mutex_);
  // Those before it are known to the queue.
  size_t next_ WINNOW_GUARDED_BY(mutex_) = 0;
};

}  // namespace winnow::tasks

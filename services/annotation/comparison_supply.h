// Tasks of a queue of comparisons: stored beforehand, asked in the order in which they were stored.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "services/annotation/task_supply.h"

namespace winnow::annotation {

// Thread-safe. `corpus` must outlive it.
class ComparisonSupply final : public TaskSupply {
 public:
  static absl::StatusOr<std::unique_ptr<ComparisonSupply>> Open(const storage::v1::Queue& queue,
                                                                const corpus::Corpus& corpus);

  // Reads tasks that were stored since.
  absl::Status Reload();

  std::optional<v1::Task> Next(const AskedTasks& asked) override;
  absl::Status WaitUntilCurrent(uint64_t, absl::Time) override { return absl::OkStatus(); }
  void Describe(v1::Queue& queue) const override;
  std::string ExhaustedReason() const override;

 private:
  ComparisonSupply(const storage::v1::Queue& queue, const corpus::Corpus& corpus)
      : name_(queue.name()), corpus_(corpus) {}

  const std::string name_;
  const corpus::Corpus& corpus_;
  mutable Mutex mutex_;
  uint64_t read_revision_ WINNOW_GUARDED_BY(mutex_) = 0;
  std::vector<v1::Task> tasks_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::annotation

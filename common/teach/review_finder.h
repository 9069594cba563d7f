// What several people answered, for a reviewer to decide.
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/teach/reviews.h"
#include "common/teach/task_finder.h"

namespace winnow::teach {

// In whose name what all agree on is stored, where the queue accepts that without asking.
inline constexpr absl::string_view kAutoAnnotator = "auto";
// Why tasks of a review are asked; stats::kUnanimousStrategy where all said the same.
inline constexpr absl::string_view kDisagreementStrategy = "disagreement";

// One task for each review (reviews.h) of two people or more: first what they differ in, then what
// they agree on, unless that is accepted without asking. What is decided stays decided, whatever is
// answered later. Thread-safe as TaskFinder says.
class ReviewFinder final : public TaskFinder {
 public:
  // `corpus` must outlive it.
  ReviewFinder(corpus::Corpus& corpus, const storage::v1::Queue& queue);

  absl::StatusOr<bool> Follow() override;
  std::string model_version() const override { return ""; }
  absl::StatusOr<size_t> Find(const corpus::Id& example, std::vector<FoundTask>& found) override;
  // Stores what is accepted without asking.
  absl::Status Finish() override;
  storage::v1::Task TaskOf(const FoundTask& found) const override;
  absl::Status Complete(storage::v1::Task& task) const override;
  std::string WhyExhausted() const override;

 private:
  absl::StatusOr<std::vector<storage::v1::Review>> ReviewsOf(absl::string_view example_id) const;
  // Somebody has decided it.
  absl::StatusOr<bool> IsDecided(absl::string_view example_id, absl::string_view task_id) const;
  FoundTask FoundOf(const corpus::Id& example, const storage::v1::Review& review);
  // A review without versions that tells what is to be decided.
  storage::v1::Review ReviewOf(const FoundTask& found) const;
  absl::Status Accept(const corpus::Id& example, const storage::v1::Review& review);

  corpus::Corpus& corpus_;
  const storage::v1::Queue queue_;
  const std::vector<std::string> inputs_;
  const std::set<std::string> labels_;

  // Of the turns: the last change of the inputs that Follow has seen, and what is to be stored.
  uint64_t revision_ = 0;
  std::vector<storage::v1::Answer> accepted_;

  // FoundTask::label of a whole text is the index of its labels.
  using Labels = std::vector<std::string>;
  mutable Mutex mutex_;
  std::vector<Labels> label_sets_ WINNOW_GUARDED_BY(mutex_);

  // Two people have answered something.
  std::atomic<bool> has_shared_ = false;
};

}  // namespace winnow::teach

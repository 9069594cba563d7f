// What the patterns of a queue match: questions about spans, text by text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/ner/patterns.h"
#include "common/teach/task_finder.h"

namespace winnow::teach {

// Keeps the longest matches of each label of the queue. Thread-safe as TaskFinder says.
class MatchFinder final : public TaskFinder {
 public:
  // Errors of PatternsOf. `reader` must outlive it. REQUIRES: the queue has patterns.
  static absl::StatusOr<std::unique_ptr<MatchFinder>> Make(const corpus::CorpusReader& reader,
                                                           const storage::v1::Queue& queue);

  absl::StatusOr<bool> Follow() override { return false; }
  std::string model_version() const override { return ""; }
  absl::StatusOr<size_t> Find(const corpus::Id& example, std::vector<FoundTask>& found) override;
  storage::v1::Task TaskOf(const FoundTask& found) const override;
  absl::Status Complete(storage::v1::Task&) const override { return absl::OkStatus(); }
  std::string WhyExhausted() const override;

 private:
  MatchFinder(const corpus::CorpusReader& reader, const storage::v1::Queue& queue,
              std::shared_ptr<const ner::PatternSet> patterns)
      : queue_(queue), patterns_(std::move(patterns)), texts_(reader) {}

  const storage::v1::Queue queue_;
  const std::shared_ptr<const ner::PatternSet> patterns_;
  TextCache texts_;
};

}  // namespace winnow::teach

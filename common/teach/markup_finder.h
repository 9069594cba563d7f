// Texts to be marked completely (manual, correct, silver to gold): their order, and what is marked
// beforehand.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/mutex.h"
#include "common/models/model_cache.h"
#include "common/ner/constrained_tagger.h"
#include "common/ner/patterns.h"
#include "common/ner/tagger.h"
#include "common/teach/environment.h"
#include "common/teach/task_finder.h"

namespace winnow::teach {

// The orders: as in the source, by a hash of text and seed, and what its annotation is worth under
// the version that serves (ner::MarkupWorth).
inline constexpr absl::string_view kSourceOrder = "source";
inline constexpr absl::string_view kRandomOrder = "random";
inline constexpr absl::string_view kUncertaintyOrder = "uncertainty";

// One task for each text. Its spans are marked when it is handed out: by the version that serves
// then, under what the input data sets say of the text where the queue has any; or by the patterns.
// Thread-safe as TaskFinder says.
class MarkupFinder final : public TaskFinder {
 public:
  // Errors of PatternsOf. REQUIRES: the queue's strategy is one of the orders; there is a model
  // where the order is that of worth.
  static absl::StatusOr<std::unique_ptr<MarkupFinder>> Make(const TeachEnvironment& environment,
                                                            const storage::v1::Queue& queue);

  absl::StatusOr<bool> Follow() override;
  std::string model_version() const override;
  absl::StatusOr<size_t> Find(const corpus::Id& example, std::vector<FoundTask>& found) override;
  storage::v1::Task TaskOf(const FoundTask& found) const override;
  absl::Status Complete(storage::v1::Task& task) const override;
  std::string WhyExhausted() const override;

 private:
  MarkupFinder(const TeachEnvironment& environment, const storage::v1::Queue& queue,
               std::shared_ptr<const ner::PatternSet> patterns);
  bool has_model() const { return !queue_.model().empty(); }
  // Marks what the version finds, or finds under what people answered, or what the patterns match.
  void MarkByModel(const ner::Model& model, absl::string_view text,
                   storage::v1::Markup& markup) const;
  absl::Status MarkUnderAnswers(const ner::Model& model, absl::string_view example_id,
                                absl::string_view text, storage::v1::Markup& markup) const;
  void MarkByPatterns(absl::string_view text, storage::v1::Markup& markup) const;

  const TeachEnvironment environment_;
  const storage::v1::Queue queue_;
  // Null for none.
  const std::shared_ptr<const ner::PatternSet> patterns_;

  // Of the turns.
  TextCache texts_;
  // Null without a model.
  std::shared_ptr<const models::LoadedModel> version_;
  // By label of version_: the queue's.
  std::vector<bool> asked_;

  // One for all calls, which are short: it is large.
  mutable Mutex tagger_mutex_;
  mutable ner::Tagger tagger_ WINNOW_GUARDED_BY(tagger_mutex_);
  mutable ner::ConstrainedTagger constrained_tagger_ WINNOW_GUARDED_BY(tagger_mutex_);
};

}  // namespace winnow::teach

#include "common/teach/markup_finder.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/ner/acquisition.h"
#include "common/teach/cold_start.h"
#include "common/text/spans.h"

namespace winnow::teach {
namespace {

using storage::v1::Markup;
using storage::v1::Span;
using storage::v1::Task;

// By label of the model, whether it is one of the queue.
std::vector<bool> AskedLabels(const ner::Model& model, const storage::v1::Queue& queue) {
  std::vector<bool> asked;
  for (const std::string& label : model.labels())
    asked.push_back(absl::c_linear_search(queue.labels(), label));
  return asked;
}

}  // namespace

MarkupFinder::MarkupFinder(const TeachEnvironment& environment, const storage::v1::Queue& queue,
                           std::shared_ptr<const ner::PatternSet> patterns)
    : environment_(environment),
      queue_(queue),
      patterns_(std::move(patterns)),
      texts_(environment.corpus->reader()) {}

absl::StatusOr<std::unique_ptr<MarkupFinder>> MarkupFinder::Make(
    const TeachEnvironment& environment, const storage::v1::Queue& queue) {
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const ner::PatternSet> patterns, PatternsOf(queue));
  return std::unique_ptr<MarkupFinder>(new MarkupFinder(environment, queue, std::move(patterns)));
}

absl::StatusOr<bool> MarkupFinder::Follow() {
  if (!has_model()) return false;
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<const models::LoadedModel> version,
                          environment_.models->Get(queue_.model()));
  WINNOW_RETURN_IF_ERROR(CheckServes(*version, queue_));
  if (version_ != nullptr && version_->version == version->version) return false;
  version_ = std::move(version);
  asked_ = AskedLabels(*version_->model, queue_);
  return true;
}

std::string MarkupFinder::model_version() const {
  return version_ == nullptr ? "" : version_->version.ToString();
}

absl::StatusOr<size_t> MarkupFinder::Find(const corpus::Id& example,
                                          std::vector<FoundTask>& found) {
  FoundTask& task = found.emplace_back();
  task.example = example;
  if (queue_.strategy() == kRandomOrder) {
    task.worth = static_cast<float>(UnitInterval(MixHash(queue_.seed(), Hash64(example.bytes()))));
  }
  if (queue_.strategy() != kUncertaintyOrder) return 0;
  WINNOW_ASSIGN_OR_RETURN(const absl::string_view text, texts_.Get(example));
  std::vector<ner::ScoredSpan> predicted;
  // Of the learners' threads, which are few.
  thread_local ner::Tagger tagger;
  const double log_probability = tagger.TagAndJudge(*version_->model, text, asked_, predicted);
  task.worth = static_cast<float>(
      ner::MarkupWorth(log_probability, static_cast<uint32_t>(tagger.tokens().size())));
  return text.size();
}

Task MarkupFinder::TaskOf(const FoundTask& found) const {
  Task task;
  task.set_example_id(std::string(found.example.bytes()));
  task.set_kind(queue_.kind());
  task.set_id(
      corpus::MarkupTaskIdOf(task.example_id(), {queue_.labels().begin(), queue_.labels().end()}));
  task.mutable_selection()->set_strategy(queue_.strategy());
  return task;
}

absl::Status MarkupFinder::Complete(Task& task) const {
  Markup& markup = *task.mutable_markup();
  *markup.mutable_labels() = queue_.labels();
  markup.clear_spans();
  if (!has_model() && patterns_ == nullptr) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                          environment_.corpus->reader().GetExample(task.example_id()));
  if (!has_model()) {
    MarkByPatterns(example.text(), markup);
    return absl::OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const models::LoadedModel> version,
                          environment_.models->Get(queue_.model()));
  MarkByModel(*version->model, example.text(), markup);
  task.mutable_selection()->set_model_version(version->version.ToString());
  return absl::OkStatus();
}

void MarkupFinder::MarkByModel(const ner::Model& model, absl::string_view text,
                               Markup& markup) const {
  const std::vector<bool> asked = AskedLabels(model, queue_);
  std::vector<ner::ScoredSpan> predicted;
  {
    MutexLock lock(tagger_mutex_);
    tagger_.Tag(model, text, predicted);
  }
  for (const ner::ScoredSpan& span : predicted) {
    if (asked[span.label])
      *markup.add_spans() = text::MakeSpan(span.start, span.end, model.labels()[span.label]);
  }
}

void MarkupFinder::MarkByPatterns(absl::string_view text, Markup& markup) const {
  std::vector<Candidate> matches = FindPatternCandidates(*patterns_, text, queue_);
  // Marks do not overlap, whatever their labels: the longest stay.
  absl::c_stable_sort(matches, [](const Candidate& a, const Candidate& b) {
    return a.end - a.start > b.end - b.start;
  });
  std::vector<Span> marked;
  for (const Candidate& match : matches) {
    const Span span = SpanOf(match, queue_);
    const auto overlaps = [&](const Span& other) { return text::Overlaps(span, other); };
    if (absl::c_none_of(marked, overlaps)) marked.push_back(span);
  }
  absl::c_sort(marked, text::SpanLess());
  markup.mutable_spans()->Add(marked.begin(), marked.end());
}

std::string MarkupFinder::WhyExhausted() const {
  return absl::StrCat("every text of source '", queue_.source(),
                      "' has been asked about; add texts to it, or use another source");
}

}  // namespace winnow::teach

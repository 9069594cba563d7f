#include "common/teach/markup_finder.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/standing.h"
#include "common/measure/decided_answers.h"
#include "common/ner/acquisition.h"
#include "common/ner/merge_answers.h"
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

// Marks do not overlap, whatever their labels: of those that do the first stays.
void MarkApart(std::vector<Span> spans, const storage::v1::Queue& queue, Markup& markup) {
  std::vector<Span> marked;
  for (Span& span : spans) {
    const auto overlaps = [&](const Span& other) { return text::Overlaps(span, other); };
    if (absl::c_linear_search(queue.labels(), span.label()) && absl::c_none_of(marked, overlaps))
      marked.push_back(std::move(span));
  }
  absl::c_sort(marked, text::SpanLess());
  markup.mutable_spans()->Add(marked.begin(), marked.end());
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
  if (queue_.input_datasets().empty()) {
    MarkByModel(*version->model, example.text(), markup);
  } else {
    WINNOW_RETURN_IF_ERROR(
        MarkUnderAnswers(*version->model, task.example_id(), example.text(), markup));
  }
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

absl::Status MarkupFinder::MarkUnderAnswers(const ner::Model& model, absl::string_view example_id,
                                            absl::string_view text, Markup& markup) const {
  const std::vector<std::string> inputs(queue_.input_datasets().begin(),
                                        queue_.input_datasets().end());
  WINNOW_ASSIGN_OR_RETURN(
      std::vector<corpus::DatasetAnswer> answers,
      corpus::ReadStandingAnswers(environment_.corpus->reader(), inputs, example_id));
  std::map<uint64_t, storage::v1::Answer> standing;
  for (corpus::DatasetAnswer& said : answers)
    standing[said.answer.revision()] = std::move(said.answer);
  measure::ReplaceDecided(standing);
  std::vector<const storage::v1::Answer*> of_text;
  for (const auto& [revision, answer] : standing) of_text.push_back(&answer);
  const storage::v1::LabelledText known = ner::MergeAnswers(text, of_text).labelled;
  std::vector<ner::ScoredSpan> predicted;
  {
    MutexLock lock(tagger_mutex_);
    WINNOW_RETURN_IF_ERROR(constrained_tagger_.Tag(model, known, predicted));
  }
  // What people accepted stands, also where it does not consist of whole tokens.
  std::vector<Span> spans(known.accepted().begin(), known.accepted().end());
  for (const ner::ScoredSpan& span : predicted)
    spans.push_back(text::MakeSpan(span.start, span.end, model.labels()[span.label]));
  MarkApart(std::move(spans), queue_, markup);
  return absl::OkStatus();
}

void MarkupFinder::MarkByPatterns(absl::string_view text, Markup& markup) const {
  std::vector<Candidate> matches = FindPatternCandidates(*patterns_, text, queue_);
  absl::c_stable_sort(matches, [](const Candidate& a, const Candidate& b) {
    return a.end - a.start > b.end - b.start;
  });
  std::vector<Span> spans;
  for (const Candidate& match : matches) spans.push_back(SpanOf(match, queue_));
  MarkApart(std::move(spans), queue_, markup);
}

std::string MarkupFinder::WhyExhausted() const {
  return absl::StrCat("every text of ", OriginOf(queue_), " has been asked about; ",
                      queue_.input_datasets().empty()
                          ? "add texts to it, or use another source"
                          : "texts without yes/no answers are not asked");
}

}  // namespace winnow::teach

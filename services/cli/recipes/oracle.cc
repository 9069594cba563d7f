#include "services/cli/recipes/oracle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/standing_answers.h"

namespace winnow::cli {

using annotation::v1::Answer;

Gold::Gold(const std::vector<Answer>& answers) {
  for (const Answer& answer : answers) {
    if (answer.coverage() != annotation::v1::COVERAGE_COMPLETE ||
        answer.verdict() != common::v1::VERDICT_ACCEPT) {
      continue;
    }
    Text& text = texts_[answer.text()];
    for (const std::string& label : answer.complete_labels()) {
      text.labels.insert(label);
      std::erase_if(text.spans,
                    [&](const common::v1::Span& span) { return span.label() == label; });
    }
    for (const annotation::v1::SpanJudgement& judgement : answer.judgements())
      text.spans.insert(judgement.span());
  }
}

absl::StatusOr<Gold> Gold::Load(Session& session, const std::string& dataset) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Answer> answers, ListStandingAnswers(session, dataset));
  Gold gold(answers);
  if (gold.texts_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("--oracle: dataset ", dataset,
                     " has no complete annotations to answer from; import some with `winnow db-in ",
                     dataset, " FILE --complete`"));
  }
  return gold;
}

const Gold::Text* Gold::Find(absl::string_view text, absl::string_view label) const {
  const auto found = texts_.find(text);
  return found == texts_.end() || !found->second.labels.contains(std::string(label))
             ? nullptr
             : &found->second;
}

common::v1::Verdict Gold::Judge(absl::string_view text, const common::v1::Span& span) const {
  const Text* gold = Find(text, span.label());
  if (gold == nullptr) return common::v1::VERDICT_IGNORE;
  return gold->spans.contains(span) ? common::v1::VERDICT_ACCEPT : common::v1::VERDICT_REJECT;
}

std::optional<Gold::SpanSet> Gold::SpansOf(absl::string_view text,
                                           const std::vector<std::string>& labels) const {
  SpanSet spans;
  for (const std::string& label : labels) {
    const Text* gold = Find(text, label);
    if (gold == nullptr) return std::nullopt;
    std::copy_if(gold->spans.begin(), gold->spans.end(), std::inserter(spans, spans.end()),
                 [&](const common::v1::Span& span) { return span.label() == label; });
  }
  return spans;
}

std::optional<std::vector<common::v1::Span>> Gold::Mark(
    absl::string_view text, const std::vector<std::string>& labels) const {
  const std::optional<SpanSet> spans = SpansOf(text, labels);
  if (!spans.has_value()) return std::nullopt;
  // Ascending, so that the first two that overlap are neighbours.
  const auto overlap =
      std::adjacent_find(spans->begin(), spans->end(), text::Overlaps<common::v1::Span>);
  if (overlap != spans->end()) return std::nullopt;
  return std::vector<common::v1::Span>(spans->begin(), spans->end());
}

annotation::v1::Choice Gold::Compare(const annotation::v1::Task& task,
                                     const std::vector<std::string>& labels) const {
  const std::optional<SpanSet> found = SpansOf(task.text(), labels);
  if (!found.has_value()) return annotation::v1::CHOICE_UNSPECIFIED;
  const SpanSet& gold_spans = *found;
  const auto errors = [&](const auto& output) {
    SpanSet spans;
    for (const common::v1::Span& span : output) {
      if (std::find(labels.begin(), labels.end(), span.label()) != labels.end()) spans.insert(span);
    }
    std::vector<common::v1::Span> wrong;
    std::set_symmetric_difference(spans.begin(), spans.end(), gold_spans.begin(), gold_spans.end(),
                                  std::back_inserter(wrong), text::SpanLess());
    return wrong.size();
  };
  const size_t first = errors(task.comparison().first());
  const size_t second = errors(task.comparison().second());
  if (first == second) return annotation::v1::CHOICE_TIE;
  return first < second ? annotation::v1::CHOICE_FIRST : annotation::v1::CHOICE_SECOND;
}

}  // namespace winnow::cli

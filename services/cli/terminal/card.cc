#include "services/cli/terminal/card.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/time_text.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

// The part of the text that is to be shown, whose offsets count from its own beginning.
std::string Question(const Task& task, bool colour, Range selection) {
  const text::OffsetMap offsets(task.text());
  const auto [begin, end] = ViewOf(task);
  const auto within = [first = begin](uint32_t offset) { return offset - std::min(first, offset); };
  common::v1::Span span = task.question().span();
  span.set_start(within(span.start()));
  span.set_end(within(span.end()));
  return absl::StrCat(begin > 0 ? "... " : "",
                      Highlight(text::SpanText(task.text(), offsets, begin, end), {span}, colour,
                                {within(selection.start), within(selection.end)}),
                      end < offsets.num_code_points() ? " ..." : "");
}

std::string Why(const Task& task, bool colour) {
  return absl::StrCat(
      "asked because: ", task.strategy(), "\n",
      task.meta_json().empty() ? "" : Dim(Printable(task.meta_json()), colour) + "\n");
}

std::string Output(absl::string_view name, absl::string_view text,
                   const google::protobuf::RepeatedPtrField<common::v1::Span>& spans, bool colour) {
  return absl::StrCat(name, "  ", Highlight(text, {spans.begin(), spans.end()}, colour),
                      spans.empty() ? Dim("  (no span)", colour) : "", "\n");
}

std::string Preferred(const annotation::v1::Comparison& comparison) {
  switch (comparison.preference()) {
    case common::v1::PREFERENCE_A:
      return absl::StrCat("preferred: ", comparison.model_a());
    case common::v1::PREFERENCE_B:
      return absl::StrCat("preferred: ", comparison.model_b());
    case common::v1::PREFERENCE_TIE:
      return "equally good";
    default:
      return "ignored";
  }
}

std::string LabelKeys(const SpanEditor& editor) {
  std::string keys;
  for (size_t i = 0; i < editor.labels().size(); ++i) {
    absl::StrAppend(&keys, std::string(1, editor.label_key(i)), " ", Printable(editor.labels()[i]),
                    "   ");
  }
  return keys;
}

// "2 people: anna, bert"; without names where they are not told.
std::string WhoSaid(const annotation::v1::Review::Version& version) {
  std::vector<std::string> names;
  for (const annotation::v1::Review::Said& said : version.said()) {
    names.push_back(said.annotator().empty() ? absl::StrCat("somebody in ", said.dataset())
                                             : Printable(said.annotator()));
  }
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return absl::StrCat(version.num_people(), version.num_people() == 1 ? " person" : " people",
                      names.empty() ? "" : ": ", absl::StrJoin(names, ", "));
}

// How far people agree; a tie is never shown as a majority.
std::string StateOf(const annotation::v1::Review& review) {
  const auto& versions = review.versions();
  if (versions.empty()) return "what was said has been taken back";
  if (versions.size() == 1) return "all agree";
  return versions[0].num_people() == versions[1].num_people() ? "a tie" : "people differ";
}

// The key that picks the version; a blank for one without.
char VersionKey(int version) { return version < 9 ? static_cast<char>('1' + version) : ' '; }

}  // namespace

Range ViewOf(const Task& task) {
  if (task.view_end() > 0) return {task.view_start(), task.view_end()};
  return {0, text::OffsetMap(task.text()).num_code_points()};
}

std::string SpanCard(const Task& task, bool colour, Range selection) {
  const common::v1::Span& span = task.question().span();
  return absl::StrCat(Question(task, colour, selection), "\n\n",
                      span.has_score() ? absl::StrFormat("score %.2f, ", span.score()) : "",
                      Why(task, colour));
}

std::string MarkupCard(const Task& task, const SpanEditor& editor, bool colour) {
  return absl::StrCat(Highlight(task.text(), editor.spans(), colour, editor.selection()), "\n\n",
                      LabelKeys(editor), "\n", Why(task, colour));
}

std::string QuestionReviewCard(const Task& task, bool colour) {
  const annotation::v1::Review& review = task.review();
  std::string card =
      absl::StrCat(Highlight(task.text(), {review.span()}, colour), "\n\n", StateOf(review), "\n");
  for (int i = 0; i < review.versions_size(); ++i) {
    const annotation::v1::Review::Version& version = review.versions(i);
    absl::StrAppend(&card, std::string(1, VersionKey(i)), " ",
                    version.verdict() == common::v1::VERDICT_ACCEPT ? "accept" : "reject", "   ",
                    WhoSaid(version), "\n");
  }
  return absl::StrCat(card, "\n", Why(task, colour));
}

std::string TextReviewCard(const Task& task, size_t chosen, bool is_bad, const SpanEditor& editor,
                           bool colour) {
  const annotation::v1::Review& review = task.review();
  std::string card = absl::StrCat(StateOf(review), "\n");
  for (int i = 0; i < review.versions_size(); ++i) {
    const annotation::v1::Review::Version& version = review.versions(i);
    absl::StrAppend(
        &card, static_cast<size_t>(i) == chosen ? "> " : "  ", std::string(1, VersionKey(i)), " ",
        WhoSaid(version), "\n",
        version.verdict() == common::v1::VERDICT_ACCEPT
            ? Highlight(task.text(), {version.spans().begin(), version.spans().end()}, colour)
            : "(a bad text)",
        "\n\n");
  }
  return absl::StrCat(
      card,
      is_bad ? "(a bad text)" : Highlight(task.text(), editor.spans(), colour, editor.selection()),
      "\n\n", LabelKeys(editor), "\n", Why(task, colour));
}

std::string TextCard(const Task& task, const std::vector<common::v1::Span>& spans, bool colour) {
  return absl::StrCat(Highlight(task.text(), spans, colour), "\n\n", Why(task, colour));
}

std::string ComparisonCard(const Task& task, bool colour) {
  return absl::StrCat(Output("1", task.text(), task.comparison().first(), colour), "\n",
                      Output("2", task.text(), task.comparison().second(), colour), "\n");
}

std::string AnswerCard(const annotation::v1::Answer& answer, bool colour) {
  std::vector<std::string> facts;
  if (!answer.annotator().empty()) facts.push_back(Printable(answer.annotator()));
  if (answer.answer_time().seconds() > 0) facts.push_back(TimeText(answer.answer_time()));
  if (!answer.model_version().empty()) facts.push_back(answer.model_version());
  if (!answer.complete_labels().empty()) {
    facts.push_back(
        absl::StrCat("all of ", Printable(absl::StrJoin(answer.complete_labels(), ", "))));
  }
  std::string card = VerdictText(answer.verdict(), colour);
  if (!facts.empty()) absl::StrAppend(&card, "  ", Dim(absl::StrJoin(facts, "  "), colour));
  absl::StrAppend(&card, "\n");
  if (answer.has_comparison()) {
    const annotation::v1::Comparison& comparison = answer.comparison();
    return absl::StrCat(card,
                        Output(comparison.model_a(), answer.text(), comparison.spans_a(), colour),
                        Output(comparison.model_b(), answer.text(), comparison.spans_b(), colour),
                        Preferred(comparison), "\n");
  }
  return absl::StrCat(card, HighlightJudged(answer.text(), answer.judgements(), colour), "\n");
}

}  // namespace winnow::cli

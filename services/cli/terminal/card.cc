#include "services/cli/terminal/card.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/spans.h"
#include "common/text/utf8.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

// The part of the text that is to be shown, whose offsets count from its own beginning.
std::string Question(const Task& task, bool colour) {
  const text::OffsetMap offsets(task.text());
  const uint32_t length = offsets.num_code_points();
  const uint32_t begin = task.view_end() == 0 ? 0 : task.view_start();
  const uint32_t end = task.view_end() == 0 ? length : task.view_end();
  common::v1::Span span = task.question().span();
  span.set_start(span.start() - std::min(begin, span.start()));
  span.set_end(span.end() - std::min(begin, span.end()));
  return absl::StrCat(begin > 0 ? "... " : "",
                      Highlight(text::SpanText(task.text(), offsets, begin, end), {span}, colour),
                      end < length ? " ..." : "");
}

std::string Why(const Task& task, bool colour) {
  return absl::StrCat(
      "asked because: ", task.strategy(), "\n",
      task.meta_json().empty() ? "" : Dim(Printable(task.meta_json()), colour) + "\n");
}

std::string Output(absl::string_view name, const Task& task,
                   const google::protobuf::RepeatedPtrField<common::v1::Span>& spans, bool colour) {
  return absl::StrCat(name, "  ", Highlight(task.text(), {spans.begin(), spans.end()}, colour),
                      spans.empty() ? Dim("  (no span)", colour) : "", "\n\n");
}

}  // namespace

std::string SpanCard(const Task& task, bool colour) {
  const common::v1::Span& span = task.question().span();
  return absl::StrCat(Question(task, colour), "\n\n",
                      span.has_score() ? absl::StrFormat("score %.2f, ", span.score()) : "",
                      Why(task, colour));
}

std::string MarkupCard(const Task& task, const SpanEditor& editor, bool colour) {
  std::string card =
      absl::StrCat(Highlight(task.text(), editor.spans(), colour, editor.selection()), "\n\n");
  for (size_t i = 0; i < editor.labels().size(); ++i)
    absl::StrAppend(&card, std::string(1, LabelKey(i)), " ", Printable(editor.labels()[i]), "   ");
  return absl::StrCat(card, "\n", Why(task, colour));
}

std::string ComparisonCard(const Task& task, bool colour) {
  return absl::StrCat(Output("1", task, task.comparison().first(), colour),
                      Output("2", task, task.comparison().second(), colour));
}

}  // namespace winnow::cli

#include "services/cli/recipes/span_questions.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/text/spans.h"
#include "services/cli/recipes/verdict_keys.h"
#include "services/cli/terminal/boundary_editor.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/keys.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

constexpr char kKeys[] =
    "a accept   x reject   b mend the boundary   space ignore   u undo   q quit";
constexpr char kMendKeys[] =
    "left right move the start   [ ] or shift the end   Enter answer   b back   q quit";

// The right boundary in place of the one shown; nothing when the person goes back to the question,
// or has changed nothing.
std::optional<Reply> Mend(Terminal& terminal, const Task& task, const std::string& progress) {
  common::v1::Span span = task.question().span();
  BoundaryEditor editor(task.text(), ViewOf(task), {span.start(), span.end()});
  while (true) {
    terminal.Show(absl::StrCat(progress, SpanCard(task, terminal.colour(), editor.range()), "\n",
                               Dim(kMendKeys, terminal.colour()), "\n"));
    switch (const int key = terminal.ReadAnyKey()) {
      case kKeyEnter:
        span.clear_score();
        span.set_start(editor.range().start);
        span.set_end(editor.range().end);
        if (text::SameSpan(span, task.question().span())) return std::nullopt;
        return Reply{.verdict = common::v1::VERDICT_REJECT, .spans = {span}};
      case 'b':
        return std::nullopt;
      case 'q':
        return Reply{.action = Reply::Action::kQuit};
      default:
        editor.Press(key);
    }
  }
}

Reply AskPerson(Terminal& terminal, const Task& task, const std::string& progress) {
  while (true) {
    terminal.Show(absl::StrCat(progress, SpanCard(task, terminal.colour()), "\n",
                               Dim(kKeys, terminal.colour()), "\n"));
    const char key = terminal.ReadKey();
    std::optional<Reply> reply = key == 'b' ? Mend(terminal, task, progress) : ReplyOfKey(key);
    if (reply.has_value()) return *std::move(reply);
  }
}

Reply AskOracle(const Gold& gold, const Task& task) {
  return {.verdict = gold.Judge(task.text(), task.question().span())};
}

nlohmann::ordered_json ToJson(const AnsweredTask& answer) {
  const Task& task = answer.task;
  const common::v1::Span& span = task.question().span();
  nlohmann::ordered_json score;
  if (span.has_score()) score = span.score();
  nlohmann::ordered_json mended;
  if (!answer.spans.empty()) mended = SpanJson(task.text(), answer.spans[0]);
  return {{"text", task.text()},
          {"span", SpanJson(task.text(), span)},
          {"score", score},
          {"strategy", task.strategy()},
          {"verdict", VerdictName(answer.verdict)},
          {"mended", mended},
          {"model_version", task.model_version()},
          {"learner_step", task.learner_step()}};
}

}  // namespace

const char kSpanHelp[] =
    "a accept   x reject   b mend the boundary   space ignore   u undo   q quit\n"
    "After b, left and right move the start of the span by a word, [ and ] (or shift with left and "
    "right) its end. Enter answers: the span shown is rejected and the right one accepted, in one "
    "answer. b goes back. u and backspace take back answers, also of earlier sessions, and mended "
    "ones as a whole.";

Questions SpanQuestions(absl::string_view name,
                        std::string (*summary)(const Answered& answered,
                                               const annotation::v1::Queue& queue)) {
  return {name, AskPerson, AskOracle, ToJson, summary};
}

nlohmann::ordered_json SpanJson(const std::string& text, const common::v1::Span& span) {
  return {
      {"start", span.start()},
      {"end", span.end()},
      {"label", span.label()},
      {"text", std::string(text::SpanText(text, text::OffsetMap(text), span.start(), span.end()))}};
}

}  // namespace winnow::cli

#include "services/cli/recipes/markup_questions.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/recipes/verdict_keys.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/keys.h"
#include "services/cli/terminal/span_editor.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

constexpr char kKeys[] =
    "left right move   [ ] or shift extend   1 2 ... mark   d delete\n"
    "a accept   x reject (bad text)   space ignore   u undo   q quit";

Reply AskPerson(Terminal& terminal, const Task& task, const std::string& progress) {
  SpanEditor editor(task.text(), {task.markup().labels().begin(), task.markup().labels().end()},
                    {task.markup().spans().begin(), task.markup().spans().end()});
  while (true) {
    terminal.Show(absl::StrCat(progress, MarkupCard(task, editor, terminal.colour()), "\n",
                               Dim(kKeys, terminal.colour()), "\n"));
    const int key = terminal.ReadAnyKey();
    if (key == 'a' || key == kKeyEnter)
      return {.verdict = common::v1::VERDICT_ACCEPT, .spans = editor.spans()};
    if (const std::optional<Reply> reply = ReplyOfKey(key)) return *reply;
    editor.Press(key);
  }
}

Reply AskOracle(const Gold& gold, const Task& task) {
  std::optional<std::vector<common::v1::Span>> spans =
      gold.Mark(task.text(), {task.markup().labels().begin(), task.markup().labels().end()});
  if (!spans.has_value()) return {.verdict = common::v1::VERDICT_IGNORE};
  return {.verdict = common::v1::VERDICT_ACCEPT, .spans = *std::move(spans)};
}

nlohmann::ordered_json ToJson(const AnsweredTask& answer) {
  const Task& task = answer.task;
  const auto list = [&](const auto& spans) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const common::v1::Span& span : spans) json.push_back(SpanJson(task.text(), span));
    return json;
  };
  return {{"text", task.text()},
          {"marked_before", list(task.markup().spans())},
          {"spans", list(answer.spans)},
          {"strategy", task.strategy()},
          {"verdict", VerdictName(answer.verdict)},
          {"model_version", task.model_version()}};
}

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  size_t num_spans = 0;
  for (const AnsweredTask& answer : answered.tasks) num_spans += answer.spans.size();
  return absl::StrCat(CountsOf(answered), "; ", Counted(num_spans, "span"), " marked\nqueue ",
                      queue.spec().name(), ": ", AnswersInAll(status), ", ",
                      Counted(status.num_fresh_tasks() + status.num_begun_tasks(), "text"),
                      " left; left out: ", Counted(status.num_excluded_texts(), "text"),
                      " that excluded datasets have, or DATASET completely\n");
}

}  // namespace

const char kMarkupHelp[] =
    "Keys: left and right move the cursor from token to token; shift with them, or ] and [, "
    "extend what is selected. The key of a label (1 to 9, 0, A to Z) marks it; in a span it "
    "changes the span's label. d or backspace deletes the span at the cursor. a or Enter accepts "
    "the text "
    "as it is marked, x rejects it (a bad text, which nothing is learnt from), space ignores it, u "
    "takes back the last answer, q quits. The same command continues where it stopped.\n\n"
    "An accepted text says of its other tokens that they are no entity of these labels. Spans do "
    "not overlap, and begin and end with tokens: words, numbers and single characters.\n\n"
    "This is a terminal: there is no mouse, and a text longer than the screen is cut off. For long "
    "texts or many labels a tool in a browser is faster; `winnow db-in` reads what it exports.\n\n"
    "The oracle marks what is annotated, and ignores texts that are not annotated with all of the "
    "labels, or whose spans overlap.";

Questions MarkupQuestions(absl::string_view name) {
  return {name, AskPerson, AskOracle, ToJson, Summary, kLabelKeys.size()};
}

}  // namespace winnow::cli

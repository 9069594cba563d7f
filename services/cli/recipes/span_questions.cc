#include "services/cli/recipes/span_questions.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/text/spans.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

Reply AskPerson(Terminal& terminal, const Task& task, const std::string& progress) {
  terminal.Show(absl::StrCat(progress, SpanCard(task, terminal.colour()), "\n",
                             Dim(kSpanKeys, terminal.colour()), "\n"));
  while (true) {
    switch (terminal.ReadKey()) {
      case 'a':
        return {.verdict = common::v1::VERDICT_ACCEPT};
      case 'x':
        return {.verdict = common::v1::VERDICT_REJECT};
      case ' ':
        return {.verdict = common::v1::VERDICT_IGNORE};
      case 'u':
        return {.action = Reply::Action::kUndo};
      case 'q':
        return {.action = Reply::Action::kQuit};
    }
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
  return {{"text", task.text()},
          {"span", SpanJson(task.text(), span)},
          {"score", score},
          {"strategy", task.strategy()},
          {"verdict", VerdictName(answer.verdict)},
          {"model_version", task.model_version()},
          {"learner_step", task.learner_step()}};
}

}  // namespace

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

#include "services/cli/recipes/mark_questions.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/recipes/verdict_keys.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;

std::optional<uint32_t> Offset(const nlohmann::json& span, const char* key) {
  const auto value = span.find(key);
  if (value == span.end() || !value->is_number_unsigned() ||
      value->get<uint64_t>() > std::numeric_limits<uint32_t>::max()) {
    return std::nullopt;
  }
  return value->get<uint32_t>();
}

// The spans that the text's row has, as Prodigy writes them; what is no span is passed over.
std::vector<common::v1::Span> SpansOf(const Task& task) {
  std::vector<common::v1::Span> spans;
  const auto fields =
      nlohmann::json::parse(task.fields_json(), nullptr, /*allow_exceptions=*/false);
  if (!fields.is_object() || !fields.contains("spans")) return spans;
  for (const nlohmann::json& item : fields["spans"]) {
    if (!item.is_object()) continue;
    const std::optional<uint32_t> start = Offset(item, "start"), end = Offset(item, "end");
    if (!start.has_value() || !end.has_value()) continue;
    common::v1::Span& span = spans.emplace_back();
    span.set_start(*start);
    span.set_end(*end);
    const auto label = item.find("label");
    if (label != item.end() && label->is_string()) span.set_label(label->get<std::string>());
  }
  return spans;
}

Reply AskPerson(Terminal& terminal, const Task& task, const std::string& progress) {
  terminal.Show(absl::StrCat(progress, TextCard(task, SpansOf(task), terminal.colour()), "\n",
                             Dim(kMarkKeys, terminal.colour()), "\n"));
  while (true) {
    if (const std::optional<Reply> reply = ReplyOfKey(terminal.ReadKey())) return *reply;
  }
}

nlohmann::ordered_json ToJson(const AnsweredTask& answer) {
  nlohmann::ordered_json spans = nlohmann::ordered_json::array();
  for (const common::v1::Span& span : SpansOf(answer.task))
    spans.push_back(SpanJson(answer.task.text(), span));
  return {{"text", answer.task.text()},
          {"spans", std::move(spans)},
          {"verdict", VerdictName(answer.verdict)}};
}

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  return absl::StrCat(
      CountsOf(answered), "\nqueue ", queue.spec().name(), ": ", AnswersInAll(status), ", ",
      Counted(status.num_fresh_tasks() + status.num_begun_tasks(), "text"), " left\n");
}

}  // namespace

Questions MarkQuestions() {
  return {.name = "mark",
          .ask_person = AskPerson,
          .ask_oracle = nullptr,
          .to_json = ToJson,
          .summary = Summary};
}

}  // namespace winnow::cli

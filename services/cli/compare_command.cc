// ner.eval-ab: which of two models people prefer, blinded.
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/answering.h"
#include "services/cli/commands.h"
#include "services/cli/highlight.h"
#include "services/cli/model_argument.h"
#include "services/cli/oracle.h"
#include "services/cli/render.h"
#include "services/cli/terminal.h"
#include "services/cli/upload.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;
using evaluation::v1::Comparison;
using evaluation::v1::EvaluationService;

constexpr char kKeys[] =
    "1 first is better   2 second is better   = equally good   space ignore   u undo   q quit";

absl::StatusOr<evaluation::v1::ComparisonSpec> SpecOf(const Invocation& invocation,
                                                      Session& session, Environment& environment) {
  evaluation::v1::ComparisonSpec spec;
  spec.set_dataset(invocation.Argument("DATASET"));
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_model_a(),
                          ResolveVersion(invocation.Argument("MODEL_A"), session, environment));
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_model_b(),
                          ResolveVersion(invocation.Argument("MODEL_B"), session, environment));
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_source(),
                          ResolveSource(invocation.Argument("SOURCE"), session, environment));
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  spec.set_seed(invocation.Count("seed"));
  spec.set_max_judgements(static_cast<uint32_t>(invocation.Count("max")));
  spec.set_name(QueueName("eval-ab", spec.dataset(), spec.SerializeAsString()));
  return spec;
}

absl::StatusOr<Comparison> GetComparison(const std::string& name, Session& session) {
  evaluation::v1::GetComparisonRequest request;
  request.set_name(name);
  return Call(session.evaluation(), &EvaluationService::Stub::GetComparison, request);
}

std::string Screen(const Task& task, const Answered& answered, bool colour) {
  const auto output = [&](absl::string_view name, const auto& spans) {
    return absl::StrCat(name, "  ", Highlight(task.text(), {spans.begin(), spans.end()}, colour),
                        spans.empty() ? Dim("  (no span)", colour) : "", "\n\n");
  };
  return absl::StrCat(Counted(answered.tasks.size(), "judgement"), " in this session\n\n",
                      output("1", task.first()), output("2", task.second()), Dim(kKeys, colour),
                      "\n");
}

// What a key means; false for keys that mean nothing.
bool ReplyOfKey(char key, Reply& reply) {
  const auto choose = [&](annotation::v1::Choice choice) {
    reply = {.verdict = common::v1::VERDICT_ACCEPT, .choice = choice};
    return true;
  };
  switch (key) {
    case '1':
    case 'a':
      return choose(annotation::v1::CHOICE_FIRST);
    case '2':
    case 'x':
      return choose(annotation::v1::CHOICE_SECOND);
    case '=':
      return choose(annotation::v1::CHOICE_TIE);
    case ' ':
      reply = {.verdict = common::v1::VERDICT_IGNORE};
      return true;
    case 'u':
      reply = {.action = Reply::Action::kUndo};
      return true;
    case 'q':
      reply = {.action = Reply::Action::kQuit};
      return true;
    default:
      return false;
  }
}

Reply AskPerson(Terminal& terminal, const Task& task, const Answered& answered) {
  terminal.Show(Screen(task, answered, terminal.colour()));
  Reply reply;
  while (!ReplyOfKey(terminal.ReadKey(), reply)) {
  }
  return reply;
}

Reply AskOracle(const Gold& gold, const Task& task, const std::vector<std::string>& labels) {
  const annotation::v1::Choice choice = gold.Compare(task, labels);
  if (choice == annotation::v1::CHOICE_UNSPECIFIED) return {.verdict = common::v1::VERDICT_IGNORE};
  return {.verdict = common::v1::VERDICT_ACCEPT, .choice = choice};
}

// Ends the answering as soon as the sequential test has its verdict.
absl::StatusOr<std::optional<std::string>> Decided(const std::string& name, Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const Comparison comparison, GetComparison(name, session));
  if (comparison.verdict() == evaluation::v1::COMPARISON_VERDICT_RUNNING) return std::nullopt;
  return "the comparison has its verdict";
}

absl::Status Compare(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  std::optional<Gold> gold;
  std::unique_ptr<Terminal> terminal;
  if (invocation.Has("oracle")) {
    WINNOW_ASSIGN_OR_RETURN(gold, Gold::Load(*session, invocation.Text("oracle")));
  } else {
    WINNOW_ASSIGN_OR_RETURN(terminal, OpenTerminal(environment));
  }
  evaluation::v1::CreateComparisonRequest request;
  request.set_request_id(NewRequestId());
  WINNOW_ASSIGN_OR_RETURN(*request.mutable_spec(), SpecOf(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(
      Comparison comparison,
      Call(session->evaluation(), &EvaluationService::Stub::CreateComparison, request, kLongCall));
  environment.Note(absl::StrCat("the outputs differ on ", comparison.num_differing(), " of ",
                                Counted(comparison.num_texts(), "text"), "; only these are asked"));
  const std::string name = comparison.spec().name();
  const std::vector<std::string> labels = invocation.List("label");
  const AnsweringOptions options = {
      .queue = comparison.queue(),
      .annotator = gold.has_value() ? "oracle" : Annotator(environment),
      .is_person = !gold.has_value(),
      .decided = [&] { return Decided(name, *session); }};
  WINNOW_ASSIGN_OR_RETURN(const Answered answered,
                          AnswerQuestions(options, *session, environment,
                                          [&](const Task& task, const Answered& so_far) {
                                            return gold.has_value()
                                                       ? AskOracle(*gold, task, labels)
                                                       : AskPerson(*terminal, task, so_far);
                                          }));
  terminal.reset();
  WINNOW_ASSIGN_OR_RETURN(comparison, GetComparison(name, *session));
  if (invocation.Flag("json")) {
    PrintJson({{"comparison", ToJson(comparison)}, {"session", SummaryOf(answered)}}, environment);
  } else {
    environment.out << ComparisonText(comparison) << "stopped: " << answered.reason << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> CompareCommands() {
  return {
      {ClientSpec(
           {.name = "ner.eval-ab",
            .summary = "Compare two models where they differ, blinded, until the evidence suffices",
            .arguments =
                {{"DATASET", "answers are appended to it"},
                 {"MODEL_A", "a name, name@N or an exported directory"},
                 {"MODEL_B", "likewise"},
                 {"SOURCE",
                  "texts: a .jsonl or .txt file, the name of a source, or - (default: piped input)",
                  false}},
            .options = {{{"-l", "--label"}, ValueKind::kList, "LABELS", "labels to compare", true},
                        {{"--oracle"},
                         ValueKind::kText,
                         "GOLD_DATASET",
                         "answer from complete annotations: fewer wrong and missing spans win, "
                         "equal is a tie"},
                        {{"--seed"},
                         ValueKind::kCount,
                         "S",
                         "of the order of texts and sides (default: 0)"},
                        {{"--max"},
                         ValueKind::kCount,
                         "N",
                         "undecided after N judgements (default: 200)"}},
            .example = "ner.eval-ab -l job_title job_titles_eval ./job_titles/ ./job_titles_1/ "
                       "samples2.jsonl",
            .notes = absl::StrCat("Keys: ", kKeys,
                                  "\n(a is 1, x is 2, backspace undoes too). Which model is which "
                                  "is not shown. The same command\n"
                                  "continues where it stopped; a bare model name is pinned to the "
                                  "version that serves.")}),
       Compare}};
}

}  // namespace winnow::cli

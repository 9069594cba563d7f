// ner.eval-ab: which of two models people prefer, blinded.
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/answerer.h"
#include "services/cli/recipes/answering.h"
#include "services/cli/recipes/comparison_report.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::Task;
using evaluation::v1::Comparison;
using evaluation::v1::EvaluationService;

constexpr char kKeys[] =
    "1 first is better   2 second is better   = tie   space ignore   u undo   q quit";

absl::StatusOr<Comparison> CreateComparison(evaluation::v1::ComparisonSpec spec, bool validate_only,
                                            Session& session) {
  // The name tells apart all that stands in the spec.
  spec.set_name(QueueName("eval-ab", spec.dataset(), spec.SerializeAsString()));
  evaluation::v1::CreateComparisonRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_spec() = std::move(spec);
  request.set_validate_only(validate_only);
  return Call(session.evaluation(), &EvaluationService::Stub::CreateComparison, request, kLongCall);
}

// Checks everything that can be refused before it imports what the comparison needs, and makes it.
absl::StatusOr<Comparison> MakeComparison(const Invocation& invocation, Session& session,
                                          Environment& environment) {
  const std::vector<std::string> labels = invocation.List("label");
  evaluation::v1::ComparisonSpec spec;
  spec.set_dataset(invocation.Argument("DATASET"));
  for (const std::string& label : labels) spec.add_labels(label);
  spec.set_seed(invocation.Count("seed"));
  if (invocation.Has("max"))
    spec.set_max_judgements(static_cast<uint32_t>(invocation.Count("max")));
  WINNOW_ASSIGN_OR_RETURN(
      const SourceArgument source,
      SourceArgument::Read(invocation.Argument("SOURCE"), session, environment));
  spec.set_source(source.name());
  WINNOW_ASSIGN_OR_RETURN(ModelArgument a,
                          ModelArgument::Check(invocation.Argument("MODEL_A"), session));
  WINNOW_ASSIGN_OR_RETURN(ModelArgument b,
                          ModelArgument::Check(invocation.Argument("MODEL_B"), session));
  for (const ModelArgument& model : {a, b}) WINNOW_RETURN_IF_ERROR(model.CheckLabels(labels));
  // Versions and not names: what serves may change while people answer.
  const auto set_models = [&] {
    spec.set_model_a(a.version());
    spec.set_model_b(b.version());
  };
  set_models();
  WINNOW_RETURN_IF_ERROR(CreateComparison(spec, /*validate_only=*/true, session).status());

  // First what may still be refused.
  WINNOW_RETURN_IF_ERROR(source.Import(session, environment));
  WINNOW_RETURN_IF_ERROR(a.Import(session, environment));
  WINNOW_RETURN_IF_ERROR(b.Import(session, environment));
  set_models();
  return CreateComparison(spec, /*validate_only=*/false, session);
}

absl::StatusOr<Comparison> GetComparison(const std::string& name, Session& session) {
  evaluation::v1::GetComparisonRequest request;
  request.set_name(name);
  return Call(session.evaluation(), &EvaluationService::Stub::GetComparison, request);
}

std::string Screen(const Task& task, const Answered& answered, bool colour) {
  return absl::StrCat(Counted(answered.tasks.size(), "judgement"), " in this session\n",
                      Printable(answered.notice), "\n", ComparisonCard(task, colour),
                      Dim(kKeys, colour), "\n");
}

// Translates a key; false for keys that mean nothing.
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
  if (comparison.result().verdict() == evaluation::v1::COMPARISON_VERDICT_RUNNING)
    return std::nullopt;
  return "the comparison has its verdict";
}

// Asks until the test has its verdict, or the person or the texts end it.
absl::StatusOr<Answered> Ask(const Comparison& comparison, const std::vector<std::string>& labels,
                             Answerer& answerer, Session& session, Environment& environment) {
  const std::string name = comparison.spec().name();
  const AnsweringOptions options = {.queue = comparison.queue(),
                                    .annotator = answerer.name,
                                    .is_person = answerer.terminal != nullptr,
                                    .decided = [&] { return Decided(name, session); }};
  return AnswerQuestions(
      options, session, environment, [&](const Task& task, const Answered& answered) {
        return answerer.terminal != nullptr ? AskPerson(*answerer.terminal, task, answered)
                                            : AskOracle(*answerer.oracle, task, labels);
      });
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  // First, so that nothing is made where nobody can answer.
  WINNOW_ASSIGN_OR_RETURN(Answerer answerer, ChooseAnswerer(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(Comparison comparison, MakeComparison(invocation, *session, environment));
  environment.Note(absl::StrCat("the outputs differ on ", comparison.num_differing(), " of ",
                                Counted(comparison.num_texts(), "text"), "; only these are asked"));

  WINNOW_ASSIGN_OR_RETURN(const Answered answered, Ask(comparison, invocation.List("label"),
                                                       answerer, *session, environment));
  // Gives the screen back before anything is printed.
  answerer.terminal.reset();

  WINNOW_ASSIGN_OR_RETURN(comparison, GetComparison(comparison.spec().name(), *session));
  if (invocation.Flag("json")) {
    PrintJson({{"comparison", ToJson(comparison)}, {"session", SummaryOf(answered)}}, environment);
  } else {
    environment.out << ComparisonText(comparison) << "stopped: " << answered.reason << "\n";
  }
  return absl::OkStatus();
}

std::vector<OptionSpec> Options() {
  return {
      Required(LabelsOption("labels to compare")),
      ValueOption({"--oracle"}, ValueKind::kText, "GOLD_DATASET",
                  "dataset with complete annotations that answers instead of a person: the output "
                  "with fewer wrong and missing spans wins, equally many are a tie"),
      ValueOption({"--seed"}, ValueKind::kCount, "S",
                  "random seed of the order of texts and sides (default: 0)"),
      ValueOption({"--max"}, ValueKind::kCount, "N", "undecided after N judgements (default: 200)"),
  };
}

}  // namespace

Command NerEvalAb() {
  return {
      ClientSpec(
          {.name = "ner.eval-ab",
           .summary = "Compare two models, blinded, on texts where they differ, until it is clear",
           .arguments = {{"DATASET", "dataset that the judgements are added to"},
                         {"MODEL_A", absl::StrCat("one model: ", kModelHelp)},
                         {"MODEL_B", "the other model, likewise"},
                         {"SOURCE", kSourceHelp, false}},
           .options = Options(),
           .example = "ner.eval-ab -l job_title job_titles_eval ./job_titles/ ./job_titles_1/ "
                      "samples2.jsonl",
           .notes = absl::StrCat(
               "Keys:\n", kKeys,
               "\n(a is 1, x is 2, backspace undoes too, also answers of earlier sessions). Which "
               "model is which is "
               "not shown. The same command continues where it stopped; a bare model name means "
               "the version that serves when it starts.")}),
      Run};
}

}  // namespace winnow::cli

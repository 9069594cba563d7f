#include "services/cli/recipes/annotating.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/patterns.h"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/team_options.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::QueueSpec;
using annotation::v1::Task;

// None for a pattern file that the service will refuse.
std::vector<std::string> LabelsOfPatterns(const std::string& patterns) {
  const auto set = rpc::ReadPatterns(patterns);
  return set.ok() ? (*set)->labels() : std::vector<std::string>();
}

absl::StatusOr<annotation::v1::Queue> CreateQueue(QueueSpec spec, absl::string_view name,
                                                  bool validate_only, Session& session) {
  // The name tells apart all that stands in the spec.
  if (spec.name().empty()) spec.set_name(QueueName(name, spec.dataset(), spec.SerializeAsString()));
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_spec() = std::move(spec);
  request.set_validate_only(validate_only);
  return Call(session.annotation(), &AnnotationService::Stub::CreateQueue, request, kLongCall);
}

// All that the input data sets have, sorted.
absl::Status AddLabelsOfInputs(Session& session, QueueSpec& spec) {
  std::set<std::string> labels;
  for (const std::string& name : spec.input_datasets()) {
    WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Dataset dataset, GetDataset(name, session));
    labels.insert(dataset.labels().begin(), dataset.labels().end());
  }
  *spec.mutable_labels() = {labels.begin(), labels.end()};
  return absl::OkStatus();
}

// Checks everything that can be refused before it imports what the queue needs, and makes it.
absl::StatusOr<annotation::v1::Queue> MakeQueue(QueueSpec spec, absl::string_view name,
                                                const Invocation& invocation, Session& session,
                                                Environment& environment) {
  std::optional<SourceArgument> source;
  if (spec.input_datasets().empty()) {
    WINNOW_ASSIGN_OR_RETURN(
        source, SourceArgument::Read(invocation.Argument("SOURCE"), session, environment));
  } else if (spec.labels().empty()) {
    WINNOW_RETURN_IF_ERROR(AddLabelsOfInputs(session, spec));
  }
  std::optional<ModelArgument> model;
  if (const std::string argument = invocation.Argument("MODEL"); !argument.empty()) {
    WINNOW_ASSIGN_OR_RETURN(model, ModelArgument::Check(argument, session));
    WINNOW_RETURN_IF_ERROR(
        model->CheckLabels(invocation.List("label"), LabelsOfPatterns(spec.patterns())));
    spec.set_model(model->name());
  }
  WINNOW_RETURN_IF_ERROR(CreateQueue(spec, name, /*validate_only=*/true, session).status());

  // First what may still be refused.
  if (source.has_value()) {
    WINNOW_RETURN_IF_ERROR(source->Import(session, environment));
    spec.set_source(source->name());
  }
  if (model.has_value()) {
    WINNOW_RETURN_IF_ERROR(model->Import(session, environment));
    spec.set_model(model->name());
  }
  return CreateQueue(std::move(spec), name, /*validate_only=*/false, session);
}

// Tells how far a large queue is with opening; one that cannot open is an error.
absl::Status WaitUntilOpen(annotation::v1::Queue queue, Session& session,
                           Environment& environment) {
  constexpr absl::Duration kPoll = absl::Milliseconds(500);
  const std::string name = queue.spec().name();
  for (int polls = 1; queue.status().state() == annotation::v1::QUEUE_STATE_OPENING; ++polls) {
    const annotation::v1::QueueStatus& status = queue.status();
    if (status.num_total() > 0) {
      environment.Note(absl::StrCat("drawing the audit sample: ", status.num_done(), " of ",
                                    Counted(status.num_total(), "text")));
    }
    // Most queues are open at the second look.
    absl::SleepFor(polls == 1 ? absl::Milliseconds(20) : kPoll);
    WINNOW_ASSIGN_OR_RETURN(queue, GetQueue(name, /*wait=*/false, session));
  }
  if (queue.status().state() != annotation::v1::QUEUE_STATE_FAILED) return absl::OkStatus();
  // Waiting tells the error with its code.
  return GetQueue(name, /*wait=*/true, session).status();
}

std::string ProgressText(const Task& task, const Answered& answered, uint64_t max_answers) {
  const std::string limit = max_answers == 0 ? "" : absl::StrCat(" of ", max_answers);
  std::string text = absl::StrCat(Counted(answered.tasks.size(), "answer"), limit, "   ",
                                  answered.Count(common::v1::VERDICT_ACCEPT), " accepted, ",
                                  answered.Count(common::v1::VERDICT_REJECT), " rejected, ",
                                  answered.Count(common::v1::VERDICT_IGNORE), " ignored\n");
  if (task.has_question() && !task.model_version().empty())
    absl::StrAppend(&text, task.model_version(), ", learner step ", task.learner_step());
  return absl::StrCat(text, "\n", Printable(answered.notice), "\n");
}

absl::StatusOr<Answered> Ask(const std::string& queue, const Questions& questions,
                             uint64_t max_answers, Answerer& answerer, Session& session,
                             Environment& environment) {
  constexpr size_t kProgressEvery = 50;
  const AnsweringOptions options = {.queue = queue,
                                    .annotator = answerer.name,
                                    .wait_for_learner = answerer.oracle.has_value(),
                                    .max_answers = max_answers,
                                    .is_person = answerer.terminal != nullptr};
  return AnswerQuestions(
      options, session, environment, [&](const Task& task, const Answered& answered) {
        if (answerer.terminal != nullptr) {
          return questions.ask_person(*answerer.terminal, task,
                                      ProgressText(task, answered, max_answers));
        }
        if (const size_t n = answered.tasks.size(); n > 0 && n % kProgressEvery == 0) {
          const uint64_t step = task.learner_step();
          environment.Note(
              absl::StrCat(n, " answers", step == 0 ? "" : absl::StrCat(", learner step ", step)));
        }
        return questions.ask_oracle(*answerer.oracle, task);
      });
}

// Whether this answerer can answer at all.
absl::Status CheckAnswerer(const QueueSpec& spec, const Questions& questions,
                           const Answerer& answerer) {
  if (answerer.oracle.has_value() && questions.ask_oracle == nullptr) {
    return absl::InvalidArgumentError(
        "--oracle: annotations do not tell whether a text as a whole is right");
  }
  const auto num_labels = static_cast<size_t>(spec.labels_size());
  if (answerer.terminal == nullptr || num_labels <= questions.max_labels) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--label: a terminal has keys for ",
                                                 questions.max_labels, " labels, not for ",
                                                 num_labels, "; ask in several rounds"));
}

// Asks, and prints what came of it.
absl::Status AskAndTell(annotation::v1::Queue queue, const Questions& questions, Answerer answerer,
                        const Invocation& invocation, Session& session, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const Answered answered,
                          Ask(queue.spec().name(), questions, invocation.Count("answers"), answerer,
                              session, environment));
  // Gives the screen back before anything is printed.
  answerer.terminal.reset();

  WINNOW_ASSIGN_OR_RETURN(queue, GetQueue(queue.spec().name(), /*wait=*/true, session));
  if (!invocation.Flag("json")) {
    environment.out << questions.summary(answered, queue) << "stopped: " << answered.reason << "\n";
    return absl::OkStatus();
  }
  queue.mutable_spec()->clear_patterns();  // a whole file
  nlohmann::ordered_json asked = nlohmann::ordered_json::array();
  for (const AnsweredTask& answer : answered.tasks) asked.push_back(questions.to_json(answer));
  PrintJson({{"queue", ToJson(queue)}, {"session", SummaryOf(answered)}, {"asked", asked}},
            environment);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<annotation::v1::Queue> GetQueue(const std::string& name, bool wait,
                                               Session& session) {
  annotation::v1::GetQueueRequest request;
  request.set_name(name);
  request.set_wait(wait);
  return Call(session.annotation(), &AnnotationService::Stub::GetQueue, request, kLongCall);
}

OptionSpec ExcludeOption() {
  return ValueOption({"-e", "--exclude"}, ValueKind::kList, "DATASETS",
                     "datasets whose texts are skipped");
}

OptionSpec PatternsOption(std::string help) {
  return ValueOption({"-pt", "--patterns"}, ValueKind::kText, "FILE", std::move(help));
}

OptionSpec SeedOption(std::string help) {
  return ValueOption({"--seed"}, ValueKind::kCount, "S", std::move(help));
}

OptionSpec OrderOption() {
  OptionSpec order = ValueOption({"--order"}, ValueKind::kText, "NAME",
                                 "the order of the texts: source (default) or random");
  order.choices = {"source", "random"};
  return order;
}

OptionSpec AnswersOption() {
  return ValueOption({"--answers"}, ValueKind::kCount, "N",
                     "stop after N answers (default: no limit)");
}

std::vector<OptionSpec> AnsweringOptionSpecs() {
  return {ValueOption({"--oracle"}, ValueKind::kText, "GOLD_DATASET",
                      "dataset with complete annotations that answers instead of a person"),
          AnswersOption()};
}

std::vector<OptionSpec> MakingOptionSpecs() {
  std::vector<OptionSpec> options = {
      ValueOption({"--queue"}, ValueKind::kText, "NAME",
                  "name of the queue, for `winnow answer` (default: made of everything that the "
                  "command says)"),
      FlagOption({"--make-only"}, "make the queue for others, and ask nothing")};
  for (OptionSpec& option : TeamOptions()) options.push_back(std::move(option));
  options.push_back(
      ValueOption({"--gold"}, ValueKind::kList, "DATASETS",
                  "datasets that know the right answers: some tasks are of these, to see how "
                  "reliable people are"));
  return options;
}

std::vector<OptionSpec> CorrectingOptionSpecs(std::string order_help,
                                              std::vector<std::string> orders) {
  OptionSpec order = ValueOption({"--order"}, ValueKind::kText, "NAME", std::move(order_help));
  order.choices = std::move(orders);
  std::vector<OptionSpec> options = {
      Required(LabelsOption("labels of which all spans are marked")),
      ExcludeOption(),
      order,
      SeedOption("random seed of the order random (default: 0)"),
  };
  for (OptionSpec& option : AnsweringOptionSpecs()) options.push_back(std::move(option));
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
  return options;
}

absl::StatusOr<QueueSpec> SettingsOf(annotation::v1::TaskKind kind, const Invocation& invocation,
                                     Environment& environment) {
  QueueSpec spec;
  spec.set_kind(kind);
  spec.set_dataset(invocation.Argument("DATASET"));
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  for (const std::string& dataset : invocation.List("exclude")) spec.add_exclude_datasets(dataset);
  spec.set_name(invocation.Text("queue"));
  SetTeam(invocation, spec);
  for (const std::string& dataset : invocation.List("gold")) spec.add_gold_datasets(dataset);
  spec.set_seed(invocation.Count("seed"));
  if (invocation.Has("patterns")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_patterns(),
                            ReadInput(invocation.Text("patterns"), environment));
  }
  return spec;
}

absl::Status Annotate(QueueSpec settings, const Questions& questions, const Invocation& invocation,
                      Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  std::optional<Answerer> answerer;
  if (!invocation.Flag("make-only")) {
    // First, so that nothing is made where nobody can answer.
    WINNOW_ASSIGN_OR_RETURN(answerer, ChooseAnswerer(invocation, *session, environment));
    WINNOW_RETURN_IF_ERROR(CheckAnswerer(settings, questions, *answerer));
  }
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::Queue queue,
      MakeQueue(std::move(settings), questions.name, invocation, *session, environment));
  WINNOW_RETURN_IF_ERROR(WaitUntilOpen(queue, *session, environment));
  if (answerer.has_value())
    return AskAndTell(queue, questions, *std::move(answerer), invocation, *session, environment);
  PrintReply(invocation, queue,
             absl::StrCat("`winnow answer ", queue.spec().name(), "` answers it\n"), environment);
  return absl::OkStatus();
}

absl::Status AnswerQueue(const annotation::v1::Queue& queue, const Questions& questions,
                         const Invocation& invocation, Session& session, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(Answerer answerer, ChooseAnswerer(invocation, session, environment));
  WINNOW_RETURN_IF_ERROR(CheckAnswerer(queue.spec(), questions, answerer));
  WINNOW_RETURN_IF_ERROR(WaitUntilOpen(queue, session, environment));
  return AskAndTell(queue, questions, std::move(answerer), invocation, session, environment);
}

std::string CountsOf(const Answered& answered) {
  const auto num_mended =
      std::count_if(answered.tasks.begin(), answered.tasks.end(), [](const AnsweredTask& answer) {
        return answer.verdict == common::v1::VERDICT_REJECT && !answer.spans.empty();
      });
  const std::string mended = num_mended == 0 ? "" : absl::StrCat(" (", num_mended, " mended)");
  return absl::StrCat(Counted(answered.tasks.size(), "answer"), ": ",
                      answered.Count(common::v1::VERDICT_ACCEPT), " accepted, ",
                      answered.Count(common::v1::VERDICT_REJECT), " rejected", mended, ", ",
                      answered.Count(common::v1::VERDICT_IGNORE), " ignored");
}

std::string AnswersInAll(const annotation::v1::QueueStatus& status) {
  uint64_t num_checks = 0;
  for (const annotation::v1::PersonProgress& person : status.people())
    num_checks += person.num_own_checks() + person.num_gold_checks();
  return absl::StrCat(Counted(status.num_answers(), "answer"),
                      num_checks == 0 ? "" : absl::StrCat(" and ", Counted(num_checks, "check")),
                      " in all");
}

}  // namespace winnow::cli

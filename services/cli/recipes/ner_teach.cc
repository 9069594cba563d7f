// ner.teach: yes/no questions that a model selects.
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/patterns.h"
#include "common/text/spans.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/answerer.h"
#include "services/cli/recipes/answering.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/team_options.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/card.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;
using annotation::v1::Task;

constexpr char kKeys[] = "a accept   x reject   space ignore   u undo   q quit";

// All but the model, the source, and the name that follows from everything.
absl::StatusOr<annotation::v1::QueueSpec> SettingsOf(const Invocation& invocation,
                                                     Environment& environment) {
  annotation::v1::QueueSpec spec;
  spec.set_kind(annotation::v1::TASK_KIND_TEACH);
  spec.set_dataset(invocation.Argument("DATASET"));
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  for (const std::string& dataset : invocation.List("exclude")) spec.add_exclude_datasets(dataset);
  SetTeam(invocation, spec);
  spec.set_seed(invocation.Count("seed"));
  spec.set_strategy(invocation.Text("strategy", "uncertainty"));
  if (invocation.Has("audit-share")) spec.set_audit_share(invocation.Number("audit-share"));
  spec.set_ask_without_letters(invocation.Flag("ask-without-letters"));
  spec.set_unsegmented(invocation.Flag("unsegmented"));
  if (invocation.Has("patterns")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_patterns(),
                            ReadInput(invocation.Text("patterns"), environment));
  }
  return spec;
}

// None for a pattern file that the service will refuse.
std::vector<std::string> LabelsOfPatterns(const std::string& patterns) {
  const auto set = rpc::ReadPatterns(patterns);
  return set.ok() ? (*set)->labels() : std::vector<std::string>();
}

// With the name that tells apart all that stands in the spec.
annotation::v1::QueueSpec Named(annotation::v1::QueueSpec spec) {
  spec.set_name(QueueName("teach", spec.dataset(), spec.SerializeAsString()));
  return spec;
}

absl::StatusOr<annotation::v1::Queue> CreateQueue(const annotation::v1::QueueSpec& spec,
                                                  bool validate_only, Session& session) {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_spec() = Named(spec);
  request.set_validate_only(validate_only);
  return Call(session.annotation(), &AnnotationService::Stub::CreateQueue, request, kLongCall);
}

// Checks everything that can be refused before it imports what the queue needs, and makes it.
absl::StatusOr<annotation::v1::Queue> MakeQueue(const Invocation& invocation, Session& session,
                                                Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec, SettingsOf(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(
      const SourceArgument source,
      SourceArgument::Read(invocation.Argument("SOURCE"), session, environment));
  WINNOW_ASSIGN_OR_RETURN(ModelArgument model,
                          ModelArgument::Check(invocation.Argument("MODEL"), session));
  WINNOW_RETURN_IF_ERROR(
      model.CheckLabels(invocation.List("label"), LabelsOfPatterns(spec.patterns())));
  spec.set_model(model.name());
  WINNOW_RETURN_IF_ERROR(CreateQueue(spec, /*validate_only=*/true, session).status());

  // First what may still be refused.
  WINNOW_RETURN_IF_ERROR(source.Import(session, environment));
  WINNOW_RETURN_IF_ERROR(model.Import(session, environment));
  spec.set_model(model.name());
  spec.set_source(source.name());
  return CreateQueue(spec, /*validate_only=*/false, session);
}

absl::StatusOr<annotation::v1::Queue> GetQueue(const std::string& name, bool wait,
                                               Session& session) {
  annotation::v1::GetQueueRequest request;
  request.set_name(name);
  request.set_wait(wait);
  return Call(session.annotation(), &AnnotationService::Stub::GetQueue, request, kLongCall);
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

std::string Screen(const Task& task, const Answered& answered, uint64_t max_answers, bool colour) {
  const std::string limit = max_answers == 0 ? "" : absl::StrCat(" of ", max_answers);
  return absl::StrCat(Counted(answered.tasks.size(), "answer"), limit, "   ",
                      answered.Count(common::v1::VERDICT_ACCEPT), " accepted, ",
                      answered.Count(common::v1::VERDICT_REJECT), " rejected, ",
                      answered.Count(common::v1::VERDICT_IGNORE), " ignored\n",
                      task.model_version(), ", learner step ", task.learner_step(), "\n",
                      Printable(answered.notice), "\n", SpanCard(task, colour), "\n",
                      Dim(kKeys, colour), "\n");
}

// The next key of the person that means something.
Reply ReadReply(Terminal& terminal) {
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

// Asks until the person, the texts or `max_answers` end it. An oracle waits for the learner, so
// that a seed gives the same questions.
absl::StatusOr<Answered> Ask(const std::string& queue, uint64_t max_answers, Answerer& answerer,
                             Session& session, Environment& environment) {
  constexpr size_t kProgressEvery = 50;
  const AnsweringOptions options = {.queue = queue,
                                    .annotator = answerer.name,
                                    .wait_for_learner = answerer.oracle.has_value(),
                                    .max_answers = max_answers,
                                    .is_person = answerer.terminal != nullptr};
  return AnswerQuestions(
      options, session, environment, [&](const Task& task, const Answered& answered) -> Reply {
        if (answerer.terminal != nullptr) {
          Terminal& terminal = *answerer.terminal;
          terminal.Show(Screen(task, answered, max_answers, terminal.colour()));
          return ReadReply(terminal);
        }
        if (const size_t n = answered.tasks.size(); n > 0 && n % kProgressEvery == 0) {
          environment.Note(absl::StrCat(n, " answers, learner step ", task.learner_step()));
        }
        return {.verdict = answerer.oracle->Judge(task.text(), task.question().span())};
      });
}

nlohmann::ordered_json AskedOf(const Answered& answered) {
  nlohmann::ordered_json asked = nlohmann::ordered_json::array();
  for (const AnsweredTask& answer : answered.tasks) {
    const std::string& content = answer.task.text();
    const common::v1::Span& span = answer.task.question().span();
    const absl::string_view marked =
        text::SpanText(content, text::OffsetMap(content), span.start(), span.end());
    nlohmann::ordered_json score;
    if (span.has_score()) score = span.score();
    asked.push_back({{"text", content},
                     {"span",
                      {{"start", span.start()},
                       {"end", span.end()},
                       {"label", span.label()},
                       {"text", std::string(marked)}}},
                     {"score", score},
                     {"strategy", answer.task.strategy()},
                     {"verdict", VerdictName(answer.verdict)},
                     {"model_version", answer.task.model_version()},
                     {"learner_step", answer.task.learner_step()}});
  }
  return asked;
}

std::string SummaryText(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  return absl::StrCat(
      Counted(answered.tasks.size(), "answer"), ": ", answered.Count(common::v1::VERDICT_ACCEPT),
      " accepted, ", answered.Count(common::v1::VERDICT_REJECT), " rejected, ",
      answered.Count(common::v1::VERDICT_IGNORE), " ignored; ", answered.NumAudit(),
      " of them to audit questions\nqueue ", queue.spec().name(), ": ",
      Counted(status.num_answers(), "answer"), " in all, ", status.num_audit_answers(),
      " to audit questions, ", status.model_version(), " at learner step ", status.learner_step(),
      "\nhidden: ", Counted(status.num_hidden_candidates(), "candidate"),
      " without a letter; left out: ", Counted(status.num_excluded_texts(), "text"),
      " that excluded datasets have\nstopped: ", answered.reason, "\n");
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  // First, so that nothing is made where nobody can answer.
  WINNOW_ASSIGN_OR_RETURN(Answerer answerer, ChooseAnswerer(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::Queue queue,
                          MakeQueue(invocation, *session, environment));
  WINNOW_RETURN_IF_ERROR(WaitUntilOpen(queue, *session, environment));

  WINNOW_ASSIGN_OR_RETURN(
      const Answered answered,
      Ask(queue.spec().name(), invocation.Count("answers"), answerer, *session, environment));
  // Gives the screen back before anything is printed.
  answerer.terminal.reset();

  WINNOW_ASSIGN_OR_RETURN(queue, GetQueue(queue.spec().name(), /*wait=*/true, *session));
  if (invocation.Flag("json")) {
    queue.mutable_spec()->clear_patterns();  // a whole file
    PrintJson(
        {{"queue", ToJson(queue)}, {"session", SummaryOf(answered)}, {"asked", AskedOf(answered)}},
        environment);
  } else {
    environment.out << SummaryText(answered, queue);
  }
  return absl::OkStatus();
}

std::vector<OptionSpec> Options() {
  OptionSpec strategy = ValueOption(
      {"--strategy"}, ValueKind::kText, "NAME",
      "how questions are selected: uncertainty (default), deviation, entropy or random");
  strategy.choices = {"uncertainty", "deviation", "entropy", "random"};
  std::vector<OptionSpec> options = {
      Required(LabelsOption("labels to ask about")),
      ValueOption({"-e", "--exclude"}, ValueKind::kList, "DATASETS",
                  "datasets whose texts are skipped"),
      ValueOption({"-pt", "--patterns"}, ValueKind::kText, "FILE",
                  "match patterns (Prodigy JSONL) that select questions in turn with the model"),
      FlagOption({"-U", "--unsegmented"},
                 "show the whole text, not only the sentence with the question"),
      FlagOption({"--ask-without-letters"},
                 "also ask about spans without a letter, such as numbers and punctuation"),
      strategy,
      ValueOption({"--audit-share"}, ValueKind::kShare, "X",
                  "share of the questions that are about hold-out texts and only measure "
                  "(default: 0.15)"),
      ValueOption({"--seed"}, ValueKind::kCount, "S",
                  "random seed; another one gives other questions (default: 0)"),
      ValueOption({"--oracle"}, ValueKind::kText, "GOLD_DATASET",
                  "dataset with complete annotations that answers instead of a person"),
      ValueOption({"--answers"}, ValueKind::kCount, "N",
                  "stop after N answers (default: no limit)"),
  };
  for (OptionSpec& option : TeamOptions()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command NerTeach() {
  return {
      ClientSpec(
          {.name = "ner.teach",
           .summary = "Answer yes/no questions that the model selects; it learns from each answer",
           .arguments = {{"DATASET",
                          "dataset that the answers are added to; its questions are not asked "
                          "again"},
                         {"MODEL", absl::StrCat("model that selects the questions: ", kModelHelp,
                                                "; with -pt also blank:en, an empty model")},
                         {"SOURCE", kSourceHelp, false}},
           .options = Options(),
           .example = "ner.teach -l job_title -e job_titles job_titles_1 ./job_titles/ "
                      "sample.jsonl",
           .notes = absl::StrCat(
               "Keys:\n", kKeys,
               "\n(backspace undoes too, also answers of earlier sessions). The same command "
               "continues where it stopped; a SOURCE file that was edited is asked as it is "
               "now.\n\n"
               "A label that MODEL does not know is asked by the patterns first, and by the model "
               "when their answers have taught it; the other labels stay as they are.\n\nThe "
               "oracle accepts a span that is annotated, rejects any other, and "
               "ignores texts it does not know.")}),
      Run};
}

}  // namespace winnow::cli

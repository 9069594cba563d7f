// ner.teach: yes/no questions that a model chooses.
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/text/utf8.h"
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

using annotation::v1::AnnotationService;
using annotation::v1::Task;

constexpr char kKeys[] = "a accept   x reject   space ignore   u undo   q quit";

absl::StatusOr<annotation::v1::QueueSpec> SpecOf(const Invocation& invocation, Session& session,
                                                 Environment& environment) {
  annotation::v1::QueueSpec spec;
  spec.set_kind(annotation::v1::QUEUE_KIND_BINARY);
  spec.set_dataset(invocation.Argument("DATASET"));
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_model(),
                          ResolveModel(invocation.Argument("MODEL"), session, environment));
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_source(),
                          ResolveSource(invocation.Argument("SOURCE"), session, environment));
  for (const std::string& label : invocation.List("label")) spec.add_labels(label);
  for (const std::string& dataset : invocation.List("exclude")) spec.add_exclude_datasets(dataset);
  spec.set_overlap(1);
  spec.set_seed(invocation.Count("seed"));
  spec.set_strategy(invocation.Text("strategy", "uncertainty"));
  if (invocation.Has("audit-share")) spec.set_audit_share(invocation.Number("audit-share"));
  spec.set_ask_without_letters(invocation.Flag("ask-without-letters"));
  spec.set_unsegmented(invocation.Flag("unsegmented"));
  if (invocation.Has("patterns")) {
    WINNOW_ASSIGN_OR_RETURN(*spec.mutable_patterns(),
                            ReadInput(invocation.Text("patterns"), environment));
  }
  spec.set_name(QueueName("teach", spec.dataset(), spec.SerializeAsString()));
  return spec;
}

absl::StatusOr<annotation::v1::Queue> GetQueue(const std::string& name, Session& session) {
  annotation::v1::GetQueueRequest request;
  request.set_name(name);
  return Call(session.annotation(), &AnnotationService::Stub::GetQueue, request, kLongCall);
}

// The part of the text that is to be shown, with the span marked.
std::string Question(const Task& task, bool colour) {
  const uint32_t length = static_cast<uint32_t>(text::NumCodePoints(task.text()));
  const uint32_t begin = task.view_end() == 0 ? 0 : task.view_start();
  const uint32_t end = task.view_end() == 0 ? length : task.view_end();
  common::v1::Span span = task.span();
  span.set_start(span.start() - std::min(begin, span.start()));
  span.set_end(span.end() - std::min(begin, span.end()));
  return absl::StrCat(begin > 0 ? "... " : "",
                      Highlight(SpanText(task.text(), begin, end), {span}, colour),
                      end < length ? " ..." : "");
}

std::string Screen(const Task& task, const Answered& answered, uint64_t max_answers, bool colour) {
  const std::string limit = max_answers == 0 ? "" : absl::StrCat(" of ", max_answers);
  std::string screen =
      absl::StrCat(Counted(answered.tasks.size(), "answer"), limit, "   ",
                   answered.Count(common::v1::VERDICT_ACCEPT), " accepted, ",
                   answered.Count(common::v1::VERDICT_REJECT), " rejected, ",
                   answered.Count(common::v1::VERDICT_IGNORE), " ignored\n", task.model_version(),
                   ", learner step ", task.learner_step(), "\n\n", Question(task, colour), "\n\n");
  absl::StrAppend(
      &screen, task.span().has_score() ? absl::StrFormat("score %.2f, ", task.span().score()) : "",
      "asked because: ", task.strategy(), "\n");
  if (!task.meta_json().empty())
    absl::StrAppend(&screen, Dim(Printable(task.meta_json()), colour), "\n");
  return absl::StrCat(screen, "\n", Dim(kKeys, colour), "\n");
}

absl::StatusOr<Answered> TeachOnTerminal(AnsweringOptions options, Terminal& terminal,
                                         Session& session, Environment& environment) {
  options.annotator = Annotator(environment);
  options.is_person = true;
  return AnswerQuestions(
      options, session, environment, [&](const Task& task, const Answered& answered) -> Reply {
        terminal.Show(Screen(task, answered, options.max_answers, terminal.colour()));
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
      });
}

absl::StatusOr<Answered> TeachByOracle(AnsweringOptions options, const Gold& gold, Session& session,
                                       Environment& environment) {
  constexpr size_t kProgressEvery = 50;
  options.annotator = "oracle";
  options.wait_for_learner = true;
  return AnswerQuestions(
      options, session, environment, [&](const Task& task, const Answered& answered) -> Reply {
        if (const size_t n = answered.tasks.size(); n > 0 && n % kProgressEvery == 0) {
          environment.Note(absl::StrCat(n, " answers, learner step ", task.learner_step()));
        }
        return {.verdict = gold.Judge(task.text(), task.span())};
      });
}

nlohmann::ordered_json AskedOf(const Answered& answered) {
  nlohmann::ordered_json asked = nlohmann::ordered_json::array();
  for (const AnsweredTask& answer : answered.tasks) {
    const common::v1::Span& span = answer.task.span();
    nlohmann::ordered_json score;
    if (span.has_score()) score = span.score();
    asked.push_back({{"text", answer.task.text()},
                     {"span",
                      {{"start", span.start()},
                       {"end", span.end()},
                       {"label", span.label()},
                       {"text", SpanText(answer.task.text(), span.start(), span.end())}}},
                     {"score", score},
                     {"strategy", answer.task.strategy()},
                     {"verdict", VerdictName(answer.verdict)},
                     {"model_version", answer.task.model_version()},
                     {"learner_step", answer.task.learner_step()}});
  }
  return asked;
}

std::string SummaryText(const Answered& answered, const annotation::v1::Queue& queue) {
  return absl::StrCat(
      Counted(answered.tasks.size(), "answer"), ": ", answered.Count(common::v1::VERDICT_ACCEPT),
      " accepted, ", answered.Count(common::v1::VERDICT_REJECT), " rejected, ",
      answered.Count(common::v1::VERDICT_IGNORE), " ignored; ", answered.NumAudit(),
      " of them to audit questions\nqueue ", queue.spec().name(), ": ",
      Counted(queue.num_answers(), "answer"), " in all, ", queue.num_audit_answers(),
      " to audit questions, ", queue.model_version(), " at learner step ", queue.learner_step(),
      "\nhidden: ", Counted(queue.num_hidden_candidates(), "candidate"),
      " without a letter; left out: ", Counted(queue.num_excluded_texts(), "text"),
      " that excluded data sets have\nstopped: ", answered.reason, "\n");
}

absl::Status Teach(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  std::optional<Gold> gold;
  std::unique_ptr<Terminal> terminal;
  if (invocation.Has("oracle")) {
    WINNOW_ASSIGN_OR_RETURN(gold, Gold::Load(*session, invocation.Text("oracle")));
  } else {
    WINNOW_ASSIGN_OR_RETURN(terminal, OpenTerminal(environment));
  }
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(NewRequestId());
  WINNOW_ASSIGN_OR_RETURN(*request.mutable_spec(), SpecOf(invocation, *session, environment));
  WINNOW_ASSIGN_OR_RETURN(
      annotation::v1::Queue queue,
      Call(session->annotation(), &AnnotationService::Stub::CreateQueue, request, kLongCall));
  const AnsweringOptions options = {.queue = queue.spec().name(),
                                    .max_answers = invocation.Count("answers")};
  WINNOW_ASSIGN_OR_RETURN(const Answered answered,
                          gold.has_value()
                              ? TeachByOracle(options, *gold, *session, environment)
                              : TeachOnTerminal(options, *terminal, *session, environment));
  terminal.reset();
  WINNOW_ASSIGN_OR_RETURN(queue, GetQueue(options.queue, *session));
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

}  // namespace

std::vector<Command> TeachCommands() {
  return {
      {ClientSpec(
           {.name = "ner.teach",
            .summary = "Answer yes/no questions that the model chooses, and learn from each",
            .arguments =
                {{"DATASET", "answers are appended to it; what it has is not asked again"},
                 {"MODEL",
                  "who asks: a name, name@N or an exported directory; with -pt also blank:en"},
                 {"SOURCE",
                  "texts: a .jsonl or .txt file, the name of a source, or - (default: piped input)",
                  false}},
            .options =
                {{{"-l", "--label"}, ValueKind::kList, "LABELS", "labels to ask about", true},
                 {{"-e", "--exclude"},
                  ValueKind::kList,
                  "DATASETS",
                  "never ask about texts that these have"},
                 {{"-pt", "--patterns"},
                  ValueKind::kText,
                  "FILE",
                  "Prodigy patterns that ask in turn with the model"},
                 {{"-U", "--unsegmented"},
                  ValueKind::kFlag,
                  "",
                  "show whole texts, not only the sentence"},
                 {{"--ask-without-letters"},
                  ValueKind::kFlag,
                  "",
                  "ask about candidates without a letter too"},
                 {{"--strategy"},
                  ValueKind::kText,
                  "NAME",
                  "uncertainty (default), deviation, entropy or random",
                  false,
                  {"uncertainty", "deviation", "entropy", "random"}},
                 {{"--audit-share"},
                  ValueKind::kShare,
                  "X",
                  "share of audit questions (default: 0.15)"},
                 {{"--seed"},
                  ValueKind::kCount,
                  "S",
                  "of the audit sample and the selection (default: 0)"},
                 {{"--oracle"},
                  ValueKind::kText,
                  "GOLD_DATASET",
                  "answer from complete annotations, without a person"},
                 {{"--answers"},
                  ValueKind::kCount,
                  "N",
                  "stop after N answers (default: no limit)"}},
            .example =
                "ner.teach -l job_title -e job_titles job_titles_1 ./job_titles/ sample.jsonl",
            .notes = absl::StrCat("Keys: ", kKeys, " (backspace undoes too).\n",
                                  "The same command continues where it stopped. The oracle accepts "
                                  "a span that is gold, ignores\n"
                                  "texts it does not know, and waits for the learner, so that a "
                                  "seed gives the same questions.")}),
       Teach}};
}

}  // namespace winnow::cli

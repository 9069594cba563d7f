// ner.teach: yes/no questions that a model selects.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/shell/connect.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  return absl::StrCat(
      CountsOf(answered), "; ", answered.NumAudit(), " of them to audit questions\nqueue ",
      queue.spec().name(), ": ", AnswersInAll(status), ", ", status.num_audit_answers(),
      " to audit questions, ", status.model_version(), " at learner step ", status.learner_step(),
      "\nhidden: ", Counted(status.num_hidden_candidates(), "candidate"),
      " without a letter; left out: ", Counted(status.num_excluded_texts(), "text"),
      " that excluded datasets have\n");
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_TEACH, invocation, environment));
  spec.set_strategy(invocation.Text("strategy", "uncertainty"));
  if (invocation.Has("audit-share")) spec.set_audit_share(invocation.Number("audit-share"));
  spec.set_ask_without_letters(invocation.Flag("ask-without-letters"));
  spec.set_unsegmented(invocation.Flag("unsegmented"));
  return Annotate(std::move(spec), SpanQuestions("teach", Summary), invocation, environment);
}

std::vector<OptionSpec> Options() {
  OptionSpec strategy = ValueOption(
      {"--strategy"}, ValueKind::kText, "NAME",
      "how questions are selected: uncertainty (default), deviation, entropy or random");
  strategy.choices = {"uncertainty", "deviation", "entropy", "random"};
  std::vector<OptionSpec> options = {
      Required(LabelsOption("labels to ask about")),
      ExcludeOption(),
      PatternsOption("match patterns (Prodigy JSONL) that select questions in turn with the model"),
      FlagOption({"-U", "--unsegmented"},
                 "show the whole text, not only the sentence with the question"),
      FlagOption({"--ask-without-letters"},
                 "also ask about spans without a letter, such as numbers and punctuation"),
      strategy,
      ValueOption({"--audit-share"}, ValueKind::kShare, "X",
                  "share of the questions that are about hold-out texts and only measure "
                  "(default: 0.15)"),
      SeedOption("random seed; another one gives other questions (default: 0)"),
  };
  for (OptionSpec& option : AnsweringOptionSpecs()) options.push_back(std::move(option));
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
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
               "Keys:\n", kSpanHelp,
               "\n\nThe same command "
               "continues where it stopped; a SOURCE file that was edited is asked as it is "
               "now.\n\n"
               "A label that MODEL does not know is asked by the patterns first, and by the model "
               "when their answers have taught it; the other labels stay as they are.\n\nThe "
               "oracle accepts a span that is annotated, rejects any other, and "
               "ignores texts it does not know.")}),
      Run};
}

}  // namespace winnow::cli

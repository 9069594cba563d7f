// ner.match: yes/no questions about what patterns match.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/shell/connect.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  const annotation::v1::QueueStatus& status = queue.status();
  return absl::StrCat(CountsOf(answered), "\nqueue ", queue.spec().name(), ": ",
                      AnswersInAll(status),
                      "; left out: ", Counted(status.num_excluded_texts(), "text"),
                      " that excluded datasets have, or DATASET completely\n");
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_TEACH, invocation, environment));
  spec.set_strategy("patterns");
  spec.set_unsegmented(invocation.Flag("unsegmented"));
  return Annotate(std::move(spec), SpanQuestions("match", Summary), invocation, environment);
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = {
      Required(LabelsOption("labels to ask about, of those that the patterns have")),
      Required(PatternsOption("match patterns (Prodigy JSONL)")),
      ExcludeOption(),
      FlagOption({"-U", "--unsegmented"},
                 "show the whole text, not only the sentence with the question"),
  };
  for (OptionSpec& option : AnsweringOptionSpecs()) options.push_back(std::move(option));
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command NerMatch() {
  return {ClientSpec(
              {.name = "ner.match",
               .summary = "Answer yes/no questions about what patterns match, without a model",
               .arguments = {{"DATASET",
                              "dataset that the answers are added to; its questions are not asked "
                              "again"},
                             {"SOURCE", kSourceHelp, false}},
               .options = Options(),
               .example = "ner.match -l job_title -pt titles.jsonl job_titles_1 sample.jsonl",
               .notes = absl::StrCat(
                   "Keys:\n", kSpanHelp,
                   "\n\nThe same command "
                   "continues where it stopped.\n\n"
                   "Of each label the longest matches are asked, in the order of SOURCE; hold-out "
                   "texts, a fifth of all, are not: nothing is learnt from them. `winnow ner.teach "
                   "-pt` asks beside what a model selects.\n\n"
                   "Unlike Prodigy's, it takes no spaCy model.\n\nThe oracle accepts a span that "
                   "is annotated, rejects any other, and ignores texts it does not know.")}),
          Run};
}

}  // namespace winnow::cli

// ner.manual: all spans of a text, marked from nothing.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/markup_questions.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/shell/connect.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_MANUAL, invocation, environment));
  spec.set_strategy(invocation.Text("order", "source"));
  return Annotate(std::move(spec), MarkupQuestions("manual"), invocation, environment);
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = {
      Required(LabelsOption("labels of which all spans are marked")),
      ExcludeOption(),
      PatternsOption("match patterns (Prodigy JSONL): what they match is marked beforehand"),
      OrderOption(),
      SeedOption("random seed of the order random (default: 0)"),
  };
  for (OptionSpec& option : AnsweringOptionSpecs()) options.push_back(std::move(option));
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command NerManual() {
  return {ClientSpec(
              {.name = "ner.manual",
               .summary = "Mark all spans in texts, without a model",
               .arguments = {{"DATASET",
                              "dataset that the annotations are added to; texts that it has "
                              "completely are left out"},
                             {"SOURCE", kSourceHelp, false}},
               .options = Options(),
               .example = "ner.manual -l job_title job_titles sample.jsonl",
               .notes = absl::StrCat(
                   "Hold-out texts are asked, too: figures are measured on them, and no training "
                   "learns from them. Unlike Prodigy's, it takes no spaCy model: words are cut as "
                   "the learner "
                   "cuts them.\n\n",
                   kMarkupHelp)}),
          Run};
}

}  // namespace winnow::cli

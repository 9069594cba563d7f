// ner.silver-to-gold: from yes/no answers to complete annotations.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/markup_questions.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_CORRECT, invocation, environment));
  for (const std::string& dataset : SplitList(invocation.Argument("SILVER")))
    spec.add_input_datasets(dataset);
  spec.set_strategy(invocation.Text("order", "source"));
  return Annotate(std::move(spec), MarkupQuestions("silver"), invocation, environment);
}

}  // namespace

Command NerSilverToGold() {
  return {
      ClientSpec(
          {.name = "ner.silver-to-gold",
           .summary = "Complete the annotation of texts that have yes/no answers",
           .arguments = {{"DATASET",
                          "dataset that the annotations are added to; texts that it has "
                          "completely are left out"},
                         {"SILVER", "datasets with yes/no answers, separated by commas"},
                         {"MODEL", absl::StrCat("model that marks beforehand: ", kModelHelp)}},
           .options = CorrectingOptionSpecs("the order of the texts: source (as they were "
                                            "answered; default), uncertainty or random",
                                            {"source", "uncertainty", "random"}),
           .example = "ner.silver-to-gold titles_gold titles_1 ./job_titles/ -l job_title",
           .notes = absl::StrCat(
               "What is marked beforehand is the best labelling under the answers: spans that "
               "people accepted are in it, spans that they rejected are not, and of the others "
               "those that MODEL predicts given this. Where people differ the majority counts.\n\n",
               kMarkupHelp)}),
      Run};
}

}  // namespace winnow::cli

// ner.correct: all spans of a text, as a model has marked them.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/markup_questions.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/shell/connect.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_CORRECT, invocation, environment));
  spec.set_strategy(invocation.Text("order", "uncertainty"));
  return Annotate(std::move(spec), MarkupQuestions("correct"), invocation, environment);
}

}  // namespace

Command NerCorrect() {
  return {
      ClientSpec(
          {.name = "ner.correct",
           .summary = "Correct the spans that a model marks in texts",
           .arguments = {{"DATASET",
                          "dataset that the annotations are added to; texts that it has "
                          "completely are left out"},
                         {"MODEL", absl::StrCat("model that marks beforehand: ", kModelHelp)},
                         {"SOURCE", kSourceHelp, false}},
           .options = CorrectingOptionSpecs(
               "the order of the texts: uncertainty (default), source or random",
               {"uncertainty", "source", "random"}),
           .example = "ner.correct -l job_title job_titles_1 ./job_titles/ sample.jsonl",
           .notes = absl::StrCat(
               "The order uncertainty asks first where an annotation is worth most: minus the "
               "log-probability of what MODEL predicts, by token and by second of reading (MNLP; "
               "Shen et al. 2018). Where a new version of MODEL serves, it marks what comes next. "
               "Hold-out texts are asked, too: figures are measured on them, and no training "
               "learns from them.\n\n",
               kMarkupHelp)}),
      Run};
}

}  // namespace winnow::cli

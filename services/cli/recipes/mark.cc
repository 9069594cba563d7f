// mark: whole texts, accepted or rejected.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/mark_questions.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/source_argument.h"
#include "services/cli/shell/connect.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  // Without labels, so that a text is judged as a whole.
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_MANUAL, invocation, environment));
  spec.set_strategy(invocation.Text("order", "source"));
  return Annotate(std::move(spec), MarkQuestions(), invocation, environment);
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = {
      ExcludeOption(),
      OrderOption(),
      SeedOption("random seed of the order random (default: 0)"),
      AnswersOption(),
  };
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command Mark() {
  return {ClientSpec({.name = "mark",
                      .summary = "Accept or reject whole texts",
                      .arguments = {{"DATASET",
                                     "dataset that the answers are added to; what it has judged as "
                                     "a whole is not asked again"},
                                    {"SOURCE", kSourceHelp, false}},
                      .options = Options(),
                      .example = "mark titles terms.txt",
                      .notes = absl::StrCat(
                          "Keys:\n", kMarkKeys,
                          "\n\nTexts are shown with the \"spans\" of their rows, if there are any. "
                          "The verdict is on the text as a whole: it says neither that these spans "
                          "are right nor that the text has no entities, and no training, figure or "
                          "agreement counts it. `winnow db-out` gives the rows with their "
                          "\"answer\", and `winnow terms.to-patterns` makes patterns of accepted "
                          "terms. `winnow ner.correct` judges spans.")}),
          Run};
}

}  // namespace winnow::cli

// review: what is right, where several people differ.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/review_questions.h"
#include "services/cli/shell/connect.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(annotation::v1::QueueSpec spec,
                          SettingsOf(annotation::v1::TASK_KIND_REVIEW, invocation, environment));
  std::vector<std::string> inputs = SplitList(invocation.Argument("DATASETS"));
  if (invocation.Has("output")) {
    spec.set_dataset(invocation.Text("output"));
  } else if (inputs.size() > 1) {
    spec.set_dataset(inputs.front());
    inputs.erase(inputs.begin());
  } else {
    return absl::InvalidArgumentError(
        "-o, --output: is missing, the dataset that the decisions are added to");
  }
  *spec.mutable_input_datasets() = {inputs.begin(), inputs.end()};
  spec.set_auto_accept(invocation.Flag("auto-accept"));
  spec.set_hide_names(invocation.Flag("hide-names"));
  return Annotate(std::move(spec), ReviewQuestions(), invocation, environment);
}

std::vector<OptionSpec> Options() {
  std::vector<OptionSpec> options = {
      ValueOption({"-o", "--output"}, ValueKind::kText, "DATASET",
                  "dataset that the decisions are added to (default: the first of DATASETS, as "
                  "Prodigy has it)"),
      LabelsOption("only these (default: all that DATASETS have)"),
      FlagOption({"-A", "--auto-accept"},
                 "accept what two or more people said alike, without asking"),
      FlagOption({"--hide-names"}, "do not tell who said what"),
      ExcludeOption(),
  };
  for (OptionSpec& option : AnsweringOptionSpecs()) options.push_back(std::move(option));
  for (OptionSpec& option : MakingOptionSpecs()) options.push_back(std::move(option));
  return options;
}

}  // namespace

Command Review() {
  return {
      ClientSpec(
          {.name = "review",
           .summary = "Decide where several people differ",
           .arguments = {{"DATASETS", "datasets whose answers are reviewed", true, true}},
           .options = Options(),
           .example = "review titles_ann titles_bob -o titles_gold --auto-accept",
           .notes = absl::StrCat(
               "Of every text that two or more people annotated completely it asks for the right "
               "annotation, and of every yes/no question that two or more answered for the right "
               "answer: first where they differ, then where they agree. What one person alone "
               "said is not asked. Of each person the latest answer counts, in all DATASETS "
               "together; of a text the labels that everybody annotated who annotated any.\n\n"
               "With --auto-accept what all agree on becomes an answer of \"auto\", which figures "
               "of people leave out. Every decision names the answers between which it decides; "
               "what is decided is not asked again, whatever is answered later. It wants the role "
               "of a reviewer.\n\n",
               kReviewHelp)}),
      Run};
}

}  // namespace winnow::cli

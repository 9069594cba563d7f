// ner.evaluate: a model measured on complete annotations.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/figures.h"

namespace winnow::cli {
namespace {

using evaluation::v1::EvaluationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  evaluation::v1::EvaluateRequest request;
  request.set_dataset(invocation.Argument("DATASET"));
  WINNOW_RETURN_IF_ERROR(CheckDatasets(std::vector{request.dataset()}, *session));
  WINNOW_ASSIGN_OR_RETURN(ModelArgument model,
                          ModelArgument::Check(invocation.Argument("MODEL"), *session));
  WINNOW_RETURN_IF_ERROR(model.CheckLabels(invocation.List("label")));
  WINNOW_RETURN_IF_ERROR(model.Import(*session, environment));
  request.set_model(model.name());
  for (const std::string& label : invocation.List("label")) request.add_labels(label);
  WINNOW_ASSIGN_OR_RETURN(
      const evaluation::v1::EvaluateResponse response,
      Call(session->evaluation(), &EvaluationService::Stub::Evaluate, request, kLongCall));
  std::string text = FigureTable({{"", response.figure()}});
  if (response.figure().labels_size() > 1)
    absl::StrAppend(&text, "\n", LabelTable(response.figure()));
  PrintReply(invocation, response, text, environment);
  return absl::OkStatus();
}

}  // namespace

Command NerEvaluate() {
  return {ClientSpec(
              {.name = "ner.evaluate",
               .summary = "Measure precision, recall and F1 of a model on complete annotations",
               .arguments = {{"MODEL", absl::StrCat("model to measure: ", kModelHelp)},
                             {"DATASET",
                              "dataset with complete annotations; texts that the model was trained "
                              "on are left out"}},
               .options = {LabelsOption("only these (default: all of the model)")},
               .example = "ner.evaluate job_titles@2 job_titles_gold",
               .notes = "`winnow db-in DATASET FILE --complete` imports complete annotations; "
                        "yes/no answers say nothing of the spans that were not asked about."}),
          Run};
}

}  // namespace winnow::cli

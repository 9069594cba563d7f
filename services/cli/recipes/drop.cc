// drop: a data set removed.
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/confirmation.h"
#include "services/cli/recipes/dataset_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Dataset dataset,
                          GetDataset(invocation.Argument("DATASET"), *session));
  WINNOW_RETURN_IF_ERROR(ConfirmRemoval(
      absl::StrCat("dataset ", dataset.name(), " with ", Counted(dataset.num_answers(), "answer")),
      invocation, environment));
  annotation::v1::DeleteDatasetRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(dataset.name());
  WINNOW_ASSIGN_OR_RETURN(
      const annotation::v1::DeleteDatasetResponse response,
      Call(session->annotation(), &AnnotationService::Stub::DeleteDataset, request));
  PrintReply(invocation, response,
             absl::StrCat(dataset.name(), " removed, with ",
                          Counted(response.num_answers(), "answer"), "\n"),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command Drop() {
  return {ClientSpec({.name = "drop",
                      .summary = "Remove a dataset",
                      .arguments = {{"DATASET", "dataset to remove"}},
                      .options = {YesOption()},
                      .example = "drop job_titles_trial --yes",
                      .notes = "Models that were trained from it keep what they learnt."}),
          Run};
}

}  // namespace winnow::cli

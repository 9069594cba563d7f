// drop: a data set removed.
#include <istream>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

using annotation::v1::AnnotationService;

// True only if the person types it.
absl::StatusOr<bool> Confirm(const annotation::v1::Dataset& dataset, Environment& environment) {
  if (!environment.in_is_terminal) {
    return absl::InvalidArgumentError(
        "drop asks before it removes; where nobody can be asked it needs --yes");
  }
  environment.err << "Remove dataset " << dataset.name() << " with "
                  << Counted(dataset.num_answers(), "answer") << "? [y/N] " << std::flush;
  std::string line;
  std::getline(environment.in, line);
  return line == "y" || line == "Y" || line == "yes";
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  annotation::v1::GetDatasetRequest get;
  get.set_name(invocation.Argument("DATASET"));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Dataset dataset,
                          Call(session->annotation(), &AnnotationService::Stub::GetDataset, get));
  if (!invocation.Flag("yes")) {
    WINNOW_ASSIGN_OR_RETURN(const bool yes, Confirm(dataset, environment));
    if (!yes) return absl::CancelledError("nothing was removed");
  }
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
                      .options = {FlagOption({"--yes"}, "do not ask")},
                      .example = "drop job_titles_trial --yes",
                      .notes = "Models that were trained from it keep what they learnt."}),
          Run};
}

}  // namespace winnow::cli

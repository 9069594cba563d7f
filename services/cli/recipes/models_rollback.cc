// models rollback: the version before serves again.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

using training::v1::Model;
using training::v1::TrainingService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::RollbackModelRequest request;
  request.set_request_id(NewRequestId());
  request.set_model(invocation.Argument("NAME"));
  WINNOW_ASSIGN_OR_RETURN(
      const Model model, Call(session->training(), &TrainingService::Stub::RollbackModel, request));
  const auto serving = model.aliases().find("serving");
  PrintReply(invocation, model,
             serving == model.aliases().end()
                 ? absl::StrCat("no version of ", model.name(), " serves now\n")
                 : absl::StrCat(model.name(), "@", serving->second, " serves now\n"),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command ModelsRollback() {
  return {ClientSpec({.name = "models rollback",
                      .summary = "Let the version serve that served before",
                      .arguments = {{"NAME", "a model"}},
                      .example = "models rollback job_titles",
                      .notes = "Where none served before, `winnow models promote NAME@N` chooses "
                               "one."}),
          Run};
}

}  // namespace winnow::cli

// models promote: another version serves.
#include <string>

#include "absl/strings/match.h"
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
  const std::string version = invocation.Argument("VERSION");
  if (!absl::StrContains(version, '@')) {
    return absl::InvalidArgumentError(absl::StrCat(
        "VERSION: is '", version, "', must be name@N; `winnow models list` shows the versions"));
  }
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::PromoteModelRequest request;
  request.set_request_id(NewRequestId());
  request.set_version(version);
  WINNOW_ASSIGN_OR_RETURN(const Model model,
                          Call(session->training(), &TrainingService::Stub::PromoteModel, request));
  PrintReply(invocation, model, absl::StrCat(version, " serves now\n"), environment);
  return absl::OkStatus();
}

}  // namespace

Command ModelsPromote() {
  return {ClientSpec({.name = "models promote",
                      .summary = "Let a version serve",
                      .arguments = {{"VERSION", "name@N"}},
                      .example = "models promote job_titles@2"}),
          Run};
}

}  // namespace winnow::cli

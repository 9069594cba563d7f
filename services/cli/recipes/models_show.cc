// models show: one version.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using training::v1::ModelVersion;
using training::v1::TrainingService;

// JSON without its line breaks.
std::string OnOneLine(const std::string& json) {
  return nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false).dump();
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const ModelArgument model,
                          ResolveModel(invocation.Argument("MODEL"), *session, environment));
  training::v1::GetModelVersionRequest request;
  request.set_name(model.name());
  WINNOW_ASSIGN_OR_RETURN(
      const ModelVersion version,
      Call(session->training(), &TrainingService::Stub::GetModelVersion, request));
  PrintReply(invocation, version,
             absl::StrCat(version.name(), "\nparent   ",
                          version.parent().empty() ? "none or unknown" : version.parent(),
                          "\nmade     ", TimeText(version.create_time()), "\nlabels   ",
                          Printable(absl::StrJoin(version.labels(), ", ")), "\nbytes    ",
                          version.size_bytes(), "\ndigest   ", version.digest(), "\nlineage  ",
                          OnOneLine(version.lineage_json()), "\nmetrics  ",
                          OnOneLine(version.metrics_json()), "\n"),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command ModelsShow() {
  return {ClientSpec({.name = "models show",
                      .summary = "Show one version: labels, parent, lineage, metrics",
                      .arguments = {{"MODEL", kModelHelp}},
                      .example = "models show job_titles@2"}),
          Run};
}

}  // namespace winnow::cli

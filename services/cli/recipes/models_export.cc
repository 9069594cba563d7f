// models export: a version into a directory.
#include <ostream>
#include <string>

#include "common/base/status.h"
#include "services/cli/recipes/model_argument.h"
#include "services/cli/recipes/model_directory.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string directory = invocation.Argument("DIR");
  WINNOW_RETURN_IF_ERROR(CheckExportTarget(directory, invocation.Flag("force")));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const ModelArgument model,
                          ResolveModel(invocation.Argument("MODEL"), *session, environment));
  const std::string& version = model.version();
  WINNOW_RETURN_IF_ERROR(ExportModel(version, directory, *session, environment));
  if (invocation.Flag("json")) {
    PrintJson({{"version", version}, {"directory", directory}}, environment);
  } else {
    environment.out << version << " written to " << directory << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

Command ModelsExport() {
  return {
      ClientSpec({.name = "models export",
                  .summary = "Write a version into a directory",
                  .arguments = {{"MODEL", "a name or name@N"},
                                {"DIR", "directory, replaced as a whole at the end"}},
                  .options = {FlagOption({"--force"}, "replace a directory that is not a model")},
                  .example = "models export job_titles@2 ./job_titles/"}),
      Run};
}

}  // namespace winnow::cli

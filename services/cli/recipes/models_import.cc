// models import: an exported directory into the model store.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_directory.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

using training::v1::ModelVersion;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string directory = invocation.Argument("DIR");
  const std::string name = invocation.Argument("NAME");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const ModelVersion version,
                          ImportModel(directory, name.empty() ? NameOfPath(directory, false) : name,
                                      ImportMode::kImport, *session));
  PrintReply(invocation, version, absl::StrCat(directory, " is ", version.name(), "\n"),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command ModelsImport() {
  return {ClientSpec(
              {.name = "models import",
               .summary = "Make a version from an exported directory; it does not serve yet",
               .arguments = {{"DIR", "an exported directory"},
                             {"NAME", "model that gets the version (default: the last part of DIR)",
                              false}},
               .example = "models import ./job_titles/"}),
          Run};
}

}  // namespace winnow::cli

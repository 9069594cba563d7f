#include "services/cli/recipes/model_argument.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_directory.h"

namespace winnow::cli {

absl::StatusOr<std::string> ResolveModel(const std::string& argument, Session& session,
                                         Environment& environment) {
  if (!IsModelDirectory(argument)) return argument;
  WINNOW_ASSIGN_OR_RETURN(const training::v1::ModelVersion version,
                          ImportModel(argument, NameOfPath(argument, false), session));
  environment.Note(absl::StrCat(argument, " is ", version.name()));
  return version.name();
}

absl::StatusOr<std::string> ResolveVersion(const std::string& argument, Session& session,
                                           Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const std::string model, ResolveModel(argument, session, environment));
  if (absl::StrContains(model, '@')) return model;
  training::v1::GetModelVersionRequest request;
  request.set_name(model);
  WINNOW_ASSIGN_OR_RETURN(
      const training::v1::ModelVersion version,
      Call(session.training(), &training::v1::TrainingService::Stub::GetModelVersion, request));
  return version.name();
}

}  // namespace winnow::cli

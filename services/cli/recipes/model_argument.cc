#include "services/cli/recipes/model_argument.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/ner/blank_model.h"
#include "services/cli/recipes/input_file.h"
#include "services/cli/recipes/model_directory.h"

namespace winnow::cli {

absl::StatusOr<ModelArgument> ModelArgument::Check(const std::string& argument, Session& session) {
  ModelArgument model;
  if (!IsModelDirectory(argument)) {
    model.name_ = model.version_ = argument;
    if (ner::IsBlankName(argument)) return model;
    training::v1::GetModelVersionRequest request;
    request.set_name(argument);
    WINNOW_ASSIGN_OR_RETURN(
        const training::v1::ModelVersion version,
        Call(session.training(), &training::v1::TrainingService::Stub::GetModelVersion, request));
    model.version_ = version.name();
    return model;
  }
  WINNOW_ASSIGN_OR_RETURN(
      const training::v1::ModelVersion version,
      ImportModel(argument, NameOfPath(argument, false), ImportMode::kCheck, session));
  model.directory_ = argument;
  model.name_ = model.version_ = version.name();
  model.labels_ = {version.labels().begin(), version.labels().end()};
  return model;
}

absl::Status ModelArgument::CheckLabels(const std::vector<std::string>& labels,
                                        const std::vector<std::string>& others) const {
  if (!name_.empty()) return absl::OkStatus();
  Violations violations;
  for (const std::string& label : labels) {
    if (absl::c_linear_search(labels_, label) || absl::c_linear_search(others, label)) continue;
    violations.Add("labels",
                   absl::StrCat(directory_, " does not know the label '", label, "'; it knows ",
                                absl::StrJoin(labels_, ", "), ".", DidYouMean(label, labels_)));
  }
  const absl::Status status = violations.ToStatus("cannot use the model");
  return status.ok() ? status : WithReason(status, "UNKNOWN_LABEL");
}

absl::Status ModelArgument::Import(Session& session, Environment& environment) {
  if (directory_.empty()) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(
      const training::v1::ModelVersion version,
      ImportModel(directory_, NameOfPath(directory_, false), ImportMode::kImport, session));
  name_ = version_ = version.name();
  environment.Note(absl::StrCat(directory_, " is ", name_));
  return absl::OkStatus();
}

absl::StatusOr<ModelArgument> ResolveModel(const std::string& argument, Session& session,
                                           Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(ModelArgument model, ModelArgument::Check(argument, session));
  WINNOW_RETURN_IF_ERROR(model.Import(session, environment));
  return model;
}

}  // namespace winnow::cli

// models list: which versions there are, and which serves.
#include <algorithm>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/figures.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using training::v1::Model;
using training::v1::ModelVersion;
using training::v1::TrainingService;

// "serving, candidate"
std::string AliasesOf(const Model& model, const std::string& version) {
  std::vector<std::string> aliases;
  for (const auto& [alias, number] : model.aliases()) {
    if (absl::StrCat(model.name(), "@", number) == version) aliases.push_back(alias);
  }
  std::sort(aliases.begin(), aliases.end());
  return absl::StrJoin(aliases, ", ");
}

// A model with all its versions.
struct ListedModel {
  Model model;
  std::vector<ModelVersion> versions;
};

absl::StatusOr<std::vector<ModelVersion>> ListVersions(const std::string& model, Session& session) {
  training::v1::ListModelVersionsRequest request;
  request.set_model(model);
  WINNOW_ASSIGN_OR_RETURN(const training::v1::ListModelVersionsResponse all,
                          ListAll(
                              session.training(), &TrainingService::Stub::ListModelVersions,
                              [](auto& response) { return response.mutable_versions(); }, request));
  return std::vector<ModelVersion>(all.versions().begin(), all.versions().end());
}

absl::StatusOr<std::vector<ListedModel>> ListModels(Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const training::v1::ListModelsResponse all,
                          ListAll(session.training(), &TrainingService::Stub::ListModels,
                                  [](auto& response) { return response.mutable_models(); }));
  std::vector<ListedModel> models;
  for (const Model& model : all.models()) {
    WINNOW_ASSIGN_OR_RETURN(std::vector<ModelVersion> versions,
                            ListVersions(model.name(), session));
    models.push_back({model, std::move(versions)});
  }
  return models;
}

std::string ModelTable(const std::vector<ListedModel>& models) {
  Table table({"version", "alias", "parent", "made", "bytes", "labels"});
  std::vector<std::string> damaged;
  for (const ListedModel& listed : models) {
    if (!listed.model.problem().empty()) damaged.push_back(listed.model.problem());
    for (const ModelVersion& version : listed.versions) {
      if (!version.problem().empty()) damaged.push_back(version.problem());
      table.Add({version.name(), AliasesOf(listed.model, version.name()), version.parent(),
                 TimeText(version.create_time()), absl::StrCat(version.size_bytes()),
                 Printable(absl::StrJoin(version.labels(), ", "))});
    }
  }
  return absl::StrCat(table.ToString(), NoteList(damaged));
}

nlohmann::ordered_json ModelsJson(const std::vector<ListedModel>& models) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ListedModel& listed : models) {
    nlohmann::ordered_json item = ToJson(listed.model);
    item["versions"] = nlohmann::ordered_json::array();
    for (const ModelVersion& version : listed.versions) item["versions"].push_back(ToJson(version));
    list.push_back(std::move(item));
  }
  return {{"models", std::move(list)}};
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<ListedModel> models, ListModels(*session));
  if (invocation.Flag("json")) {
    PrintJson(ModelsJson(models), environment);
  } else {
    environment.out << ModelTable(models);
  }
  return absl::OkStatus();
}

}  // namespace

Command ModelsList() {
  return {ClientSpec({.name = "models list",
                      .summary = "List models and their versions, and which version serves",
                      .example = "models list"}),
          Run};
}

}  // namespace winnow::cli

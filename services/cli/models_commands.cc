// models list, show, export, import, promote, rollback.
#include <ostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "services/cli/commands.h"
#include "services/cli/highlight.h"
#include "services/cli/model_argument.h"
#include "services/cli/render.h"
#include "services/cli/upload.h"

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

std::string TimeText(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixSeconds(time.seconds()),
                          absl::LocalTimeZone());
}

// JSON without its line breaks.
std::string OnOneLine(const std::string& json) {
  return nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false).dump();
}

std::string ModelTable(const std::vector<Model>& models) {
  Table table({"version", "alias", "parent", "made", "bytes", "labels"});
  for (const Model& model : models) {
    for (const ModelVersion& version : model.versions()) {
      table.Add({version.name(), AliasesOf(model, version.name()), version.parent(),
                 TimeText(version.created()), absl::StrCat(version.size_bytes()),
                 Printable(absl::StrJoin(version.labels(), ", "))});
    }
  }
  return table.ToString();
}

// A reply as JSON, or `text` for people.
absl::Status Print(const Invocation& invocation, const google::protobuf::Message& reply,
                   const std::string& text, Environment& environment) {
  if (invocation.Flag("json")) {
    PrintJson(ToJson(reply), environment);
  } else {
    environment.out << text;
  }
  return absl::OkStatus();
}

absl::Status List(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const training::v1::ListModelsResponse response,
                          Call(session->training(), &TrainingService::Stub::ListModels, {}));
  return Print(invocation, response,
               ModelTable({response.models().begin(), response.models().end()}), environment);
}

absl::Status Show(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::GetModelVersionRequest request;
  WINNOW_ASSIGN_OR_RETURN(*request.mutable_name(),
                          ResolveModel(invocation.Argument("MODEL"), *session, environment));
  WINNOW_ASSIGN_OR_RETURN(
      const ModelVersion version,
      Call(session->training(), &TrainingService::Stub::GetModelVersion, request));
  return Print(invocation, version,
               absl::StrCat(version.name(), "\nparent   ",
                            version.parent().empty() ? "none or unknown" : version.parent(),
                            "\nmade     ", TimeText(version.created()), "\nlabels   ",
                            Printable(absl::StrJoin(version.labels(), ", ")), "\nbytes    ",
                            version.size_bytes(), "\ndigest   ", version.digest(), "\nlineage  ",
                            OnOneLine(version.lineage_json()), "\nmetrics  ",
                            OnOneLine(version.metrics_json()), "\n"),
               environment);
}

absl::Status Export(const Invocation& invocation, Environment& environment) {
  const std::string directory = invocation.Argument("DIR");
  WINNOW_RETURN_IF_ERROR(CheckExportTarget(directory, invocation.Flag("force")));
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const std::string version,
                          ResolveVersion(invocation.Argument("MODEL"), *session, environment));
  WINNOW_RETURN_IF_ERROR(ExportModel(version, directory, *session, environment));
  if (invocation.Flag("json")) {
    PrintJson({{"version", version}, {"directory", directory}}, environment);
  } else {
    environment.out << version << " written to " << directory << "\n";
  }
  return absl::OkStatus();
}

absl::Status Import(const Invocation& invocation, Environment& environment) {
  const std::string directory = invocation.Argument("DIR");
  const std::string name = invocation.Argument("NAME");
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(
      const ModelVersion version,
      ImportModel(directory, name.empty() ? NameOfPath(directory, false) : name, *session));
  return Print(invocation, version, absl::StrCat(directory, " is ", version.name(), "\n"),
               environment);
}

absl::Status Promote(const Invocation& invocation, Environment& environment) {
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
  return Print(invocation, model, absl::StrCat(version, " serves now\n"), environment);
}

absl::Status Rollback(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::RollbackModelRequest request;
  request.set_request_id(NewRequestId());
  request.set_model(invocation.Argument("NAME"));
  WINNOW_ASSIGN_OR_RETURN(
      const Model model, Call(session->training(), &TrainingService::Stub::RollbackModel, request));
  const auto serving = model.aliases().find("serving");
  return Print(invocation, model,
               serving == model.aliases().end()
                   ? absl::StrCat("no version of ", model.name(), " serves now\n")
                   : absl::StrCat(model.name(), "@", serving->second, " serves now\n"),
               environment);
}

}  // namespace

std::vector<Command> ModelsCommands() {
  return {
      {ClientSpec({.name = "models list",
                   .summary = "Models, their versions, and which serves",
                   .example = "models list"}),
       List},
      {ClientSpec({.name = "models show",
                   .summary = "One version: labels, parent, lineage, metrics",
                   .arguments = {{"MODEL", "a name, name@N or an exported directory"}},
                   .example = "models show job_titles@2"}),
       Show},
      {ClientSpec(
           {.name = "models export",
            .summary = "Write a version into a directory",
            .arguments = {{"MODEL", "a name or name@N"}, {"DIR", "replaced as a whole at the end"}},
            .options =
                {{{"--force"}, ValueKind::kFlag, "", "replace a directory that is not a model"}},
            .example = "models export job_titles@2 ./job_titles/"}),
       Export},
      {ClientSpec(
           {.name = "models import",
            .summary = "Make a version from an exported directory; no alias moves",
            .arguments = {{"DIR", "an exported directory"},
                          {"NAME", "model that gets the version (default: the last part of DIR)",
                           false}},
            .example = "models import ./job_titles/"}),
       Import},
      {ClientSpec({.name = "models promote",
                   .summary = "Let a version serve",
                   .arguments = {{"VERSION", "name@N"}},
                   .example = "models promote job_titles@2"}),
       Promote},
      {ClientSpec({.name = "models rollback",
                   .summary = "Let the version serve that served before",
                   .arguments = {{"NAME", "a model"}},
                   .example = "models rollback job_titles"}),
       Rollback},
  };
}

}  // namespace winnow::cli

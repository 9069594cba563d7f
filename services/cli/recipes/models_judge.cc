// models judge: the gate is asked again whether a version may serve.
#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/training_job.h"
#include "services/cli/recipes/training_report.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"

namespace winnow::cli {
namespace {

using training::v1::TrainingJob;
using training::v1::TrainingService;

// "name@N" as it is; of a name the candidate.
absl::StatusOr<std::string> VersionOf(const std::string& model, Session& session) {
  if (absl::StrContains(model, '@')) return model;
  training::v1::GetModelRequest request;
  request.set_name(model);
  WINNOW_ASSIGN_OR_RETURN(const training::v1::Model found,
                          Call(session.training(), &TrainingService::Stub::GetModel, request));
  const auto candidate = found.aliases().find("candidate");
  if (candidate != found.aliases().end()) return absl::StrCat(model, "@", candidate->second);
  return absl::FailedPreconditionError(
      absl::StrCat(model, " has no candidate; name a version, `winnow models list` shows them"));
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  training::v1::TrainingSpec spec;
  WINNOW_ASSIGN_OR_RETURN(*spec.mutable_judged_version(),
                          VersionOf(invocation.Argument("MODEL"), *session));
  for (const std::string& dataset : invocation.List("eval-id")) spec.add_eval_datasets(dataset);
  WINNOW_ASSIGN_OR_RETURN(const TrainingJob job, RunTrainingJob(spec, *session, environment));
  if (invocation.Flag("json")) {
    PrintJson({{"job", ToJson(job)}}, environment);
  } else {
    environment.out << VerdictText(job.report());
  }
  return absl::OkStatus();
}

}  // namespace

Command ModelsJudge() {
  return {
      ClientSpec(
          {.name = "models judge",
           .summary = "Ask the gate again, after further answers, whether a version may serve",
           .arguments = {{"MODEL", "name@N, or a name for its candidate"}},
           .options = {ValueOption({"-e", "--eval-id"}, ValueKind::kList, "DATASETS",
                                   "datasets with complete annotations to measure on (default: "
                                   "those that the version was trained with)")},
           .example = "models judge job_titles",
           .notes = "The version is measured as after its training, on what has been answered "
                    "since: above all on the audit questions of ner.teach, which asks what a "
                    "candidate predicts and its predecessor does not. It serves if the gate says "
                    "so."}),
      Run};
}

}  // namespace winnow::cli

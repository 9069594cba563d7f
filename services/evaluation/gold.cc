#include "services/evaluation/gold.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/names.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "services/evaluation/request_check.h"

namespace winnow::evaluation {
namespace {

absl::Status NoCompleteTexts(const std::string& dataset, const std::vector<std::string>& labels,
                             size_t num_texts) {
  if (num_texts == 0)
    return absl::FailedPreconditionError(absl::StrCat("data set \"", dataset, "\" has no answers"));
  return absl::FailedPreconditionError(
      absl::StrCat("data set \"", dataset, "\" has no complete annotations of ",
                   absl::StrJoin(labels, ", "), ": its ", num_texts,
                   " texts have yes/no answers only, or are annotated for other labels. Precision "
                   "and recall need texts of which every span is marked"));
}

absl::StatusOr<Model> CheckRequest(models::ModelCache& models, const GoldRequest& request) {
  RequestCheck check;
  const Model model = check.FindModel(models, "model", request.model);
  if (const absl::Status name = ValidateName("dataset", request.dataset); !name.ok()) {
    check.Add("dataset", name.message());
  }
  if (model != nullptr) check.CheckLabels(request.labels, *model);
  WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot evaluate"));
  return model;
}

// Sorted, each once.
std::vector<std::string> LabelsOf(const GoldRequest& request, const ner::Model& model) {
  const std::vector<std::string>& asked = request.labels.empty() ? model.labels() : request.labels;
  const std::set<std::string> labels(asked.begin(), asked.end());
  return {labels.begin(), labels.end()};
}

// Removes the texts that the version was trained on, and notes them.
absl::Status RemoveLeaked(const models::ModelStore& store, const models::VersionName& version,
                          std::vector<measure::GoldText>& gold, GoldFigure& figure) {
  const size_t num_complete = gold.size();
  const absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, version);
  if (absl::IsNotFound(keys.status())) {
    figure.caveats.push_back(absl::StrCat("a leak cannot be excluded: the texts that ",
                                          version.ToString(), " was trained on are not known"));
    return absl::OkStatus();
  }
  WINNOW_RETURN_IF_ERROR(keys.status());
  figure.num_leaked = measure::RemoveTrainedOn(*keys, gold);
  if (!gold.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "nothing is left to measure on: ", version.ToString(), " or an ancestor was trained on all ",
      num_complete, " completely annotated texts of data set \"", figure.dataset, "\""));
}

void AddCaveats(const measure::LabelledTexts& labelled, size_t num_complete, GoldFigure& figure) {
  if (num_complete < labelled.texts.size()) {
    figure.caveats.push_back(
        absl::StrCat(labelled.texts.size() - num_complete, " of ", labelled.texts.size(),
                     " texts are left out: not completely annotated, rejected or skipped"));
  }
  if (labelled.num_contradictions > 0) {
    figure.caveats.push_back(
        absl::StrCat(labelled.num_contradictions,
                     " answers contradict earlier ones; the later ones were followed"));
  }
  if (std::string caveat = measure::DisagreementCaveat(labelled); !caveat.empty())
    figure.caveats.push_back(std::move(caveat));
}

}  // namespace

absl::StatusOr<GoldFigure> EvaluateOnGold(models::ModelCache& models,
                                          const models::ModelStore& store,
                                          const AnnotationServiceClient& annotation,
                                          const GoldRequest& request,
                                          absl::FunctionRef<bool()> is_cancelled) {
  WINNOW_ASSIGN_OR_RETURN(const Model model, CheckRequest(models, request));
  const std::vector<std::string> labels = LabelsOf(request, *model->model);
  WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation.TakeSnapshot());
  WINNOW_ASSIGN_OR_RETURN(
      const measure::LabelledTexts labelled,
      measure::ReadLabelledTexts(snapshot.reader(), {request.dataset}, snapshot.revision()));
  std::vector<measure::GoldText> gold = measure::GoldTexts(labelled.texts, labels);
  const size_t num_complete = gold.size();
  if (num_complete == 0) return NoCompleteTexts(request.dataset, labels, labelled.texts.size());

  GoldFigure figure;
  figure.version = model->version.ToString();
  figure.dataset = request.dataset;
  figure.revision = snapshot.revision();
  figure.num_ignored = labelled.num_ignored;
  WINNOW_RETURN_IF_ERROR(RemoveLeaked(store, model->version, gold, figure));
  AddCaveats(labelled, num_complete, figure);
  figure.counts = measure::CountOnGold(*model->model, gold, is_cancelled);
  if (is_cancelled())
    return absl::CancelledError("the caller went away or its deadline has passed");
  return figure;
}

}  // namespace winnow::evaluation

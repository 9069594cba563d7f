#include "services/evaluation/gold.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "common/rpc/figures.h"

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
                   "and recall need texts of which "
                   "every span is marked (winnow db-in DATASET FILE --complete)"));
}

}  // namespace

absl::StatusOr<winnow::common::v1::Figure> MeasureOnGold(const models::LoadedModel& model,
                                                         const models::ModelStore& store,
                                                         const corpus::CorpusReader& reader,
                                                         uint64_t revision,
                                                         const std::string& dataset,
                                                         const std::vector<std::string>& labels) {
  WINNOW_ASSIGN_OR_RETURN(const measure::LabelledTexts labelled,
                          measure::ReadLabelledTexts(reader, {dataset}, revision));
  std::vector<measure::GoldText> gold = measure::GoldTexts(labelled.texts, labels);
  const size_t num_complete = gold.size();
  if (num_complete == 0) return NoCompleteTexts(dataset, labels, labelled.texts.size());

  const absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, model.version);
  if (!keys.ok() && !absl::IsNotFound(keys.status())) return keys.status();
  const uint64_t num_leaked = keys.ok() ? measure::RemoveTrainedOn(*keys, gold) : 0;
  if (gold.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("nothing is left to measure on: ", model.version.ToString(),
                     " or an ancestor was trained on all ", num_complete,
                     " completely annotated texts of data set \"", dataset, "\""));
  }

  WINNOW_ASSIGN_OR_RETURN(winnow::common::v1::Figure figure,
                          rpc::GoldFigure(measure::CountOnGold(*model.model, gold)));
  figure.set_sample(winnow::common::v1::SAMPLE_KIND_GOLD);
  figure.add_datasets(dataset);
  figure.set_model_version(model.version.ToString());
  figure.set_dataset_revision(revision);
  figure.set_num_leaked(num_leaked);
  figure.set_num_ignored(labelled.num_ignored);
  if (!keys.ok()) {
    figure.add_caveats(absl::StrCat("a leak cannot be excluded: the texts that ",
                                    model.version.ToString(), " was trained on are not known"));
  }
  if (num_complete < labelled.texts.size()) {
    figure.add_caveats(
        absl::StrCat(labelled.texts.size() - num_complete, " of ", labelled.texts.size(),
                     " texts are left out: not completely annotated, rejected or skipped"));
  }
  if (labelled.num_contradictions > 0) {
    figure.add_caveats(
        absl::StrCat(labelled.num_contradictions,
                     " answers contradict earlier ones; the later ones were followed"));
  }
  return figure;
}

}  // namespace winnow::evaluation

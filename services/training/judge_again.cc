#include "services/training/judge_again.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/models/lineage.h"
#include "google/protobuf/util/json_util.h"
#include "services/training/loaded_version.h"
#include "services/training/published_versions.h"
#include "services/training/training_input.h"
#include "services/training/training_progress.h"
#include "services/training/version_publication.h"
#include "services/training/version_verdict.h"

namespace winnow::training {
namespace {

using models::VersionName;
using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;

// What the version was trained by, as a training of today would be asked for it.
absl::StatusOr<TrainingSpec> SpecOfVersion(const models::ModelStore& store,
                                           const VersionName& version) {
  const std::optional<models::Lineage> lineage = LineageOf(store, version);
  TrainingSpec spec;
  if (!lineage.has_value() ||
      !google::protobuf::util::JsonStringToMessage(lineage->spec_json, &spec).ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(version.ToString(),
                     " does not tell what it was trained from; `winnow "
                     "ner.evaluate` and `winnow ner.eval-ab` compare versions, "
                     "whatever they were made from"));
  }
  spec.set_output(version.model);
  // The version that it was, whatever the name that was asked for follows now.
  spec.set_parent(store.Resolve(lineage->parent).ok() ? lineage->parent : "blank:en");
  return spec;
}

absl::Status CheckNotServing(const models::ModelStore& store, const VersionName& version) {
  const absl::StatusOr<VersionName> serving = store.Resolve(version.model);
  if (!serving.ok() || *serving != version) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(version.ToString(), " serves already: there is nothing to decide"));
}

}  // namespace

absl::StatusOr<TrainingReport> JudgeAgain(const TrainingEnvironment& environment,
                                          const TrainingSpec& request, jobs::JobContext& context) {
  models::ModelPublisher& publisher = *environment.publisher;
  const models::ModelStore& store = publisher.store();
  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_READING));
  WINNOW_ASSIGN_OR_RETURN(const VersionName name, store.Resolve(request.judged_version()));
  WINNOW_RETURN_IF_ERROR(CheckNotServing(store, name));
  WINNOW_ASSIGN_OR_RETURN(TrainingSpec spec, SpecOfVersion(store, name));
  if (!request.eval_datasets().empty()) *spec.mutable_eval_datasets() = request.eval_datasets();
  WINNOW_ASSIGN_OR_RETURN(const Predecessors before, LoadPredecessors(store, spec));
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<const LoadedVersion> judged,
                          LoadVersion(store, name));
  WINNOW_ASSIGN_OR_RETURN(const CorpusView corpus, environment.take_snapshot());
  TrainingReport counts;
  WINNOW_ASSIGN_OR_RETURN(
      const TrainingInput texts,
      ReadTrainingInput(corpus, spec, before.parent.get(),
                        LearntBefore(store, before, corpus.database_id), counts));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_EVALUATING));
  TrainingReport report;
  report.set_dataset_revision(corpus.revision);
  if (before.parent != nullptr) report.set_parent_version(before.parent->name.ToString());
  WINNOW_RETURN_IF_ERROR(
      JudgeVersion(store, {&spec, &corpus, &texts, &before}, ToMeasured(judged.get()), report)
          .status());
  WINNOW_RETURN_IF_ERROR(
      DecidePromotion(store, spec.output(), *judged->model, texts.data, *report.mutable_gate()));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_PUBLISHING));
  report.set_model_version(name.ToString());
  // Where it stays undecided, no alias moves.
  if (report.gate().verdict() != storage::v1::GATE_VERDICT_UNDECIDED)
    WINNOW_RETURN_IF_ERROR(Announce(publisher, name, report));
  return report;
}

}  // namespace winnow::training

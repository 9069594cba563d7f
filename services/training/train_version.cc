#include "services/training/train_version.h"

#include <algorithm>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "services/training/knowledge.h"
#include "services/training/loaded_version.h"
#include "services/training/model_training.h"
#include "services/training/published_versions.h"
#include "services/training/training_input.h"
#include "services/training/training_progress.h"
#include "services/training/training_spec.h"
#include "services/training/version_publication.h"
#include "services/training/version_report.h"

namespace winnow::training {
namespace {

using storage::v1::TrainingFiles;
using storage::v1::TrainingReport;
using storage::v1::TrainingSpec;

absl::StatusOr<TrainingFiles> ReadFiles(const jobs::JobContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, context.ReadInput());
  TrainingFiles files;
  if (!files.ParseFromString(bytes))
    return absl::DataLossError("the files of the training are damaged");
  return files;
}

absl::StatusOr<ner::TrainingResult> Train(const TrainingSpec& spec, const TrainingInput& texts,
                                          const ner::Knowledge& knowledge,
                                          const LoadedVersion* parent, jobs::JobContext& context,
                                          TrainingReport& report) {
  ModelInput input;
  input.spec = &spec;
  input.data = &texts.data;
  if (parent != nullptr) {
    input.parent = {parent->model.get(),
                    parent->optimizer.has_value() ? &*parent->optimizer : nullptr};
  }
  input.knowledge = knowledge;
  input.tuning = texts.tuning;
  input.num_threads = NumThreads();
  const auto progress = [&](storage::v1::TrainingPhase phase, int epochs_done, double loss) {
    if (phase != storage::v1::TRAINING_PHASE_TRAINING) return Report(context, phase);
    return ReportEpoch(context, static_cast<uint64_t>(epochs_done),
                       static_cast<uint64_t>(Epochs(spec)), loss);
  };
  return TrainModel(input, progress, report);
}

// Adds the figures and the gate's verdict to the report; returns the digest of its sample.
absl::StatusOr<std::string> Measure(const models::ModelStore& store, const CorpusView& corpus,
                                    const TrainingSpec& spec, const TrainingInput& texts,
                                    const ner::Model& trained, const Predecessors& before,
                                    TrainingReport& report) {
  MeasurementInput input;
  input.spec = &spec;
  input.reader = corpus.reader;
  input.revision = corpus.revision;
  input.answers = &texts.answers;
  input.gold = &texts.gold;
  for (const measure::GoldText& text : texts.tuning) input.tuned_on.push_back(text.split_key);
  std::sort(input.tuned_on.begin(), input.tuned_on.end());
  if (before.baseline != nullptr) {
    const LoadedVersion& baseline = *before.baseline;
    input.baseline = {baseline.name.ToString(), baseline.model.get(), baseline.keys,
                      baseline.lineage_known};
  }
  input.trained = {"", &trained, UnitedKeys(before.parent.get(), texts.data), true};
  const auto count_tries = [&](const std::string& digest) {
    return CountGateSamples(store, digest);
  };
  return MeasureVersion(input, count_tries, report);
}

}  // namespace

absl::StatusOr<TrainingReport> TrainVersion(const TrainingEnvironment& environment,
                                            const TrainingSpec& spec, jobs::JobContext& context) {
  models::ModelPublisher& publisher = *environment.publisher;
  if (auto published = FindPublished(publisher.store(), spec.output(), context.job_id())) {
    WINNOW_RETURN_IF_ERROR(Announce(publisher, published->name, published->report));
    return published->report;
  }
  TrainingReport report;
  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_READING));
  WINNOW_ASSIGN_OR_RETURN(const TrainingFiles files, ReadFiles(context));
  WINNOW_ASSIGN_OR_RETURN(const Predecessors before, LoadPredecessors(publisher.store(), spec));
  const LoadedVersion* parent = before.parent.get();
  if (parent != nullptr) report.set_parent_version(parent->name.ToString());
  WINNOW_ASSIGN_OR_RETURN(const CorpusView corpus, environment.take_snapshot());
  WINNOW_ASSIGN_OR_RETURN(const TrainingInput texts,
                          ReadTrainingInput(corpus, spec, parent, report));
  WINNOW_ASSIGN_OR_RETURN(const ner::Knowledge knowledge,
                          ReadKnowledge(environment, corpus, spec, files, parent, context, report));
  WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                          Train(spec, texts, knowledge, parent, context, report));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_EVALUATING));
  WINNOW_ASSIGN_OR_RETURN(
      const std::string gate_sample,
      Measure(publisher.store(), corpus, spec, texts, *trained.model, before, report));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_PUBLISHING));
  const NewVersion version{context.job_id(), &spec,      &corpus,  parent,
                           &texts.data,      &knowledge, &trained, gate_sample};
  WINNOW_ASSIGN_OR_RETURN(const models::VersionName name,
                          PublishVersion(environment, version, report));
  WINNOW_RETURN_IF_ERROR(Announce(publisher, name, report));
  return report;
}

}  // namespace winnow::training

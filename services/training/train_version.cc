#include "services/training/train_version.h"

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/training/model_training.h"
#include "common/training/training_spec.h"
#include "services/training/knowledge.h"
#include "services/training/loaded_version.h"
#include "services/training/published_versions.h"
#include "services/training/training_input.h"
#include "services/training/training_progress.h"
#include "services/training/version_publication.h"
#include "services/training/version_verdict.h"

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
  input.learner.knowledge = knowledge;
  input.tuning = texts.tuning;
  input.raw_texts = texts.raw_texts;
  input.learner.num_threads = NumThreads();
  const auto progress = [&](storage::v1::TrainingPhase phase, const ner::EpochProgress& epoch) {
    if (phase != storage::v1::TRAINING_PHASE_TRAINING) return Report(context, phase);
    return ReportEpoch(context, static_cast<uint64_t>(epoch.epoch),
                       static_cast<uint64_t>(epoch.num_epochs), epoch.loss);
  };
  return TrainModel(input, progress, report);
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
  WINNOW_ASSIGN_OR_RETURN(
      const TrainingInput texts,
      ReadTrainingInput(corpus, spec, parent,
                        LearntBefore(publisher.store(), before, corpus.database_id), report));
  WINNOW_ASSIGN_OR_RETURN(const ner::Knowledge knowledge,
                          ReadKnowledge(environment, corpus, spec, files, parent, context, report));
  WINNOW_ASSIGN_OR_RETURN(const ner::TrainingResult trained,
                          Train(spec, texts, knowledge, parent, context, report));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_EVALUATING));
  const MeasuredVersion measured{"", trained.model.get(), UnitedKeys(parent, texts.data), true};
  WINNOW_ASSIGN_OR_RETURN(
      const std::string gate_sample,
      JudgeVersion(publisher.store(), {&spec, &corpus, &texts, &before}, measured, report));

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_PUBLISHING));
  const NewVersion version{context.job_id(), &spec,      &corpus,  parent,
                           &texts,           &knowledge, &trained, gate_sample};
  WINNOW_ASSIGN_OR_RETURN(const models::VersionName name,
                          PublishVersion(environment, version, report));
  WINNOW_RETURN_IF_ERROR(Announce(publisher, name, report));
  return report;
}

}  // namespace winnow::training

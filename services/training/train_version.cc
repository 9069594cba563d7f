#include "services/training/train_version.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "common/models/ancestry.h"
#include "common/training/model_training.h"
#include "common/training/training_spec.h"
#include "services/training/knowledge.h"
#include "services/training/loaded_version.h"
#include "services/training/published_versions.h"
#include "services/training/succession.h"
#include "services/training/training_input.h"
#include "services/training/training_progress.h"
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

MeasuredVersion ToMeasured(const LoadedVersion* version) {
  if (version == nullptr) return {};
  return {version->name.ToString(), version->model.get(), version->keys, version->lineage_known};
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
  input.holdout = &texts.holdout;
  input.holdout_datasets = texts.holdout_datasets;
  for (const measure::GoldText& text : texts.tuning) input.tuned_on.push_back(text.split_key);
  std::sort(input.tuned_on.begin(), input.tuned_on.end());
  input.baseline = ToMeasured(before.baseline.get());
  if (before.parent != before.baseline) input.parent = ToMeasured(before.parent.get());
  input.trained = {"", &trained, UnitedKeys(before.parent.get(), texts.data), true};
  const auto count_tries = [&](const std::string& digest) {
    return CountGateSamples(store, digest);
  };
  return MeasureVersion(input, count_tries, report);
}

// A version that is another model than the one that serves is kept apart from it, whatever the
// figures say.
void KeepApart(const models::ModelStore& store, const CorpusView& corpus, const TrainingSpec& spec,
               const ner::Model& trained, const Predecessors& before, TrainingReport& report) {
  if (!before.serves) return;
  const Successor successor{&spec, report.parent_version(), trained.labels(), corpus.database_id};
  const std::string why =
      WhyNoSuccessor(store, before.baseline->name, before.baseline->model->labels(), successor);
  if (why.empty()) return;
  report.mutable_gate()->set_verdict(storage::v1::GATE_VERDICT_UNDECIDED);
  report.mutable_gate()->set_reason(
      absl::StrCat("Undecided: ", why,
                   "; the new version stays apart, unless you promote it. A name of its own "
                   "(-o) suits another model"));
}

bool PredictsNothing(const ner::Model& model, const TrainingData& data) {
  return absl::c_all_of(data.texts, [&](const TrainingText& text) {
    return measure::PredictSpans(model, text.labelled.text(), {}).empty();
  });
}

// The data sets that the predecessors learnt from in this corpus.
std::vector<std::string> LearntBefore(const models::ModelStore& store, const Predecessors& before,
                                      const std::string& database_id) {
  std::vector<std::string> datasets;
  for (const auto& version : {before.parent, before.baseline}) {
    if (version == nullptr) continue;
    for (const models::Lineage& lineage : models::ReadAncestry(store, version->name).lineages) {
      if (lineage.database_id != database_id) continue;
      datasets.insert(datasets.end(), lineage.datasets.begin(), lineage.datasets.end());
    }
  }
  return datasets;
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
  WINNOW_ASSIGN_OR_RETURN(
      const std::string gate_sample,
      Measure(publisher.store(), corpus, spec, texts, *trained.model, before, report));
  KeepApart(publisher.store(), corpus, spec, *trained.model, before, report);

  WINNOW_RETURN_IF_ERROR(Report(context, storage::v1::TRAINING_PHASE_PUBLISHING));
  const NewVersion version{
      context.job_id(), &spec,       &corpus,
      parent,           &texts,      &knowledge,
      &trained,         gate_sample, PredictsNothing(*trained.model, texts.data)};
  WINNOW_ASSIGN_OR_RETURN(const models::VersionName name,
                          PublishVersion(environment, version, report));
  WINNOW_RETURN_IF_ERROR(Announce(publisher, name, report));
  return report;
}

}  // namespace winnow::training

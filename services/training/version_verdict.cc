#include "services/training/version_verdict.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/measure/figures.h"
#include "services/training/published_versions.h"
#include "services/training/succession.h"
#include "services/training/version_report.h"

namespace winnow::training {
namespace {

using storage::v1::TrainingReport;

MeasurementInput InputOf(const Trial& trial, const MeasuredVersion& version) {
  MeasurementInput input;
  input.spec = trial.spec;
  input.reader = trial.corpus->reader;
  input.revision = trial.corpus->revision;
  input.answers = &trial.texts->answers;
  input.gold = &trial.texts->gold;
  input.holdout = &trial.texts->holdout;
  input.holdout_datasets = trial.texts->holdout_datasets;
  for (const measure::GoldText& text : trial.texts->tuning)
    input.tuned_on.push_back(text.split_key);
  std::sort(input.tuned_on.begin(), input.tuned_on.end());
  const Predecessors& before = *trial.before;
  input.baseline = ToMeasured(before.baseline.get());
  if (before.parent != before.baseline) input.parent = ToMeasured(before.parent.get());
  input.trained = version;
  return input;
}

void KeepApart(const models::ModelStore& store, const Trial& trial, const ner::Model& model,
               TrainingReport& report) {
  const Predecessors& before = *trial.before;
  if (!before.serves) return;
  const Successor successor{trial.spec, report.parent_version(), model.labels(),
                            trial.corpus->database_id};
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

}  // namespace

MeasuredVersion ToMeasured(const LoadedVersion* version) {
  if (version == nullptr) return {};
  return {version->name.ToString(), version->model.get(), version->keys, version->lineage_known};
}

absl::StatusOr<std::string> JudgeVersion(const models::ModelStore& store, const Trial& trial,
                                         const MeasuredVersion& version, TrainingReport& report) {
  const auto count_tries = [&](const std::string& digest) {
    return CountGateSamples(store, digest, /*except=*/version.name);
  };
  WINNOW_ASSIGN_OR_RETURN(std::string gate_sample,
                          MeasureVersion(InputOf(trial, version), count_tries, report));
  KeepApart(store, trial, *version.model, report);
  return gate_sample;
}

absl::Status DecidePromotion(const models::ModelStore& store, const std::string& output,
                             const ner::Model& model, const TrainingData& data,
                             storage::v1::GateReport& gate) {
  const absl::StatusOr<models::VersionName> serving = store.Resolve(output);
  const bool is_first = absl::IsNotFound(serving.status());
  if (!is_first) WINNOW_RETURN_IF_ERROR(serving.status());
  if (PredictsNothing(model, data)) {
    gate.set_verdict(storage::v1::GATE_VERDICT_REFUSE);
    gate.set_reason(absl::StrCat("Refused: it predicts no span in any of the ", data.texts.size(),
                                 " texts that it was trained on"));
    return absl::OkStatus();
  }
  if (gate.verdict() == storage::v1::GATE_VERDICT_PROMOTE && !is_first &&
      serving->ToString() != gate.compared_with()) {
    gate.set_verdict(storage::v1::GATE_VERDICT_UNDECIDED);
    gate.set_reason(absl::StrCat("Undecided: ", serving->ToString(),
                                 " serves meanwhile, and was not compared. ", gate.reason()));
  }
  gate.set_promoted(is_first || gate.verdict() == storage::v1::GATE_VERDICT_PROMOTE);
  return absl::OkStatus();
}

}  // namespace winnow::training

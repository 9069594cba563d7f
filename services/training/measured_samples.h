// Measures a version, the one it would replace and its parent on one sample of texts or questions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/measure/audit_sample.h"
#include "common/measure/figures.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/ner/reliability.h"
#include "common/stats/gate.h"
#include "winnow/storage/v1/figures.pb.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// A version, or one to be.
struct MeasuredVersion {
  // "name@N"; empty for the new one.
  std::string name;
  const ner::Model* model = nullptr;
  // Texts that it and its ancestors were trained on.
  models::TrainingKeys training_keys;
  // Its artefact tells what it was trained on.
  bool lineage_known = true;
};

// Two versions, and what they are measured on. All that it points to must outlive its use.
struct MeasurementInput {
  const storage::v1::TrainingSpec* spec = nullptr;
  const corpus::CorpusReader* reader = nullptr;
  uint64_t revision = 0;
  // Read from the training data sets, from the gold sets, and from all data sets with hold-out
  // texts (training_input.h).
  const measure::LabelledTexts* answers = nullptr;
  const measure::LabelledTexts* gold = nullptr;
  const measure::LabelledTexts* holdout = nullptr;
  std::vector<std::string> holdout_datasets;
  // Texts that settings were chosen on, sorted: in no figure but those of gold sets, which have
  // none of them.
  models::TrainingKeys tuned_on;
  // What would be replaced; it has no model when there is nothing to compare with.
  MeasuredVersion baseline;
  // It has no model where it is the baseline, or where there is none. Its training keys are among
  // those of `trained`.
  MeasuredVersion parent;
  MeasuredVersion trained;

  bool compared() const { return baseline.model != nullptr; }
};

// A difference that the gate may decide by.
struct GateEvidence {
  stats::GateInput input;
  // Digest of the sample: what repeated tries are counted by.
  std::string digest;
};

struct MeasuredSample {
  storage::v1::SampleKind kind = storage::v1::SAMPLE_KIND_UNSPECIFIED;
  // `before` is empty without a baseline, `parent` without a parent that is not the baseline.
  storage::v1::Figure before;
  storage::v1::Figure parent;
  storage::v1::Figure after;
  // Absent without a baseline, and where the sample is biased.
  std::optional<GateEvidence> evidence;
  // How the probabilities of the new version came true; empty where the sample is biased.
  std::vector<ner::Outcome> outcomes;
};

// Measures two versions on the samples that there are. Texts that either was trained on are in no
// figure, and counted. Thread-safe.
class SampleMeasurer {
 public:
  // The input must outlive it.
  explicit SampleMeasurer(const MeasurementInput& input);

  // The completely annotated texts of the gold sets, and those of the hold-out data sets that are
  // held out. Nothing where there are none.
  absl::StatusOr<std::optional<MeasuredSample>> OnGold() const;
  absl::StatusOr<std::optional<MeasuredSample>> OnHoldout() const;
  // The audit questions of the data sets; nothing before the first yes or no.
  absl::StatusOr<std::optional<MeasuredSample>> OnAudit() const;
  // The yes/no answers on hold-out texts, whatever picked the questions: agreement with them is
  // what the field often calls accuracy, and is none. Nothing where there are none.
  std::optional<MeasuredSample> OnQuestionsAsked() const;

  // A sentence on what became of the baseline's labels that were not taught, for gold sets and for
  // hold-out texts: they are in no figure, and yet the others may have claimed spans of theirs.
  // Empty where there is nothing to tell.
  absl::StatusOr<std::string> OnUntaughtLabels(storage::v1::SampleKind kind) const;

 private:
  // Nothing where there is no parent.
  absl::StatusOr<storage::v1::Figure> ParentOnAudit() const;
  // The texts of the sample that are annotated for `labels`, and how many of them leaked.
  struct Texts;
  Texts TextsFor(const std::vector<std::string>& labels, storage::v1::SampleKind kind) const;
  absl::StatusOr<std::optional<MeasuredSample>> OnCompleteTexts(storage::v1::SampleKind kind) const;
  absl::StatusOr<std::optional<measure::AuditSample>> ReadAudit(const ner::Model& a,
                                                                const ner::Model& b) const;
  std::optional<storage::v1::Figure> Agreement(const ner::Model& model) const;
  // Adds kind, data sets, revision and version to the figures.
  void NameFigures(MeasuredSample& sample) const;
  bool IsTunedOn(uint64_t split_key) const;
  bool IsLeaked(uint64_t split_key) const;

  const MeasurementInput& input_;
  // The labels that were taught.
  const std::vector<std::string> labels_;
  // Texts that either version was trained on; sorted.
  models::TrainingKeys leaked_;
};

}  // namespace winnow::training

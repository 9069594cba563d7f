// Measures a new version against the one it would replace, and asks the gate.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/measure/figures.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "winnow/training/v1/training.pb.h"

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

struct ReportInput {
  const v1::TrainingSpec* spec = nullptr;
  const corpus::CorpusReader* reader = nullptr;
  uint64_t revision = 0;
  // Of the training data sets, and of the gold sets.
  const measure::LabelledTexts* answers = nullptr;
  const measure::LabelledTexts* gold = nullptr;
  // Texts that settings were chosen on, sorted: in no figure but those of gold sets, which have
  // none of them.
  models::TrainingKeys tuned_on;
  // The baseline has no model when there is nothing to compare with.
  MeasuredVersion baseline;
  MeasuredVersion trained;
  // How many versions were measured before on the sample with this digest.
  std::function<int(const std::string& sample_digest)> count_earlier_tries;
};

// Adds `before` (when there is a baseline), `after`, `calibration`, `gate` and caveats to the
// report; returns the digest of the sample that the gate read, empty without one.
absl::StatusOr<std::string> MeasureVersion(const ReportInput& input, v1::TrainingReport& report);

}  // namespace winnow::training

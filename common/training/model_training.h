// From training texts to a calibrated model.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/measure/figures.h"
#include "common/ner/training.h"
#include "common/training/training_data.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// The ingredients of a model; all that it points to must outlive its use.
struct ModelInput {
  const storage::v1::TrainingSpec* spec = nullptr;
  const TrainingData* data = nullptr;
  ner::Parent parent;
  // Texts of which nothing is known, for self-training; empty for none.
  absl::Span<const std::string> raw_texts;
  // To choose settings on, see settings.h; empty: the defaults.
  absl::Span<const measure::GoldText> tuning;
  // The threads, the knowledge of words and phrases, which becomes part of the model, and the
  // defaults of what neither the spec nor the data decide.
  ner::LearnerOptions learner;
};

// Reports the last epoch for TRAINING_PHASE_TRAINING, zeros for the other phases; by one thread at
// a time. An error ends the training.
using ModelProgress =
    std::function<absl::Status(storage::v1::TrainingPhase phase, const ner::EpochProgress& epoch)>;

// Trains on all texts, with the settings that do best on those to tune on, and fits temperature and
// thresholds on a quarter of the new ones by a model that has not seen them. Adds to the report
// what was learnt from and left out, temperature, thresholds, settings, time and caveats.
// InvalidArgument: too many labels, or labels that differ from the parent's in case only.
// FailedPrecondition (NOTHING_TO_TRAIN_ON): of a label that is new to the parent no accepted span
// can be learnt, or of another one none of those that there are. Cancelled: by `progress`.
absl::StatusOr<ner::TrainingResult> TrainModel(const ModelInput& input,
                                               const ModelProgress& progress,
                                               storage::v1::TrainingReport& report);

}  // namespace winnow::training

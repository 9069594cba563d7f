// The calibration of a training for texts that it has not seen.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/calibration.h"
#include "common/ner/training.h"

namespace winnow::ner {

// The parts that examples are set aside in.
inline constexpr int kCalibrationFolds = 4;

// Which examples are set aside, and what they stand for.
struct AsidePlan {
  // The fold of an example that stands for all texts, since nobody picked it, or -1. The parent may
  // have learnt it, so that the models that judge it are trained from nothing.
  absl::FunctionRef<int(size_t)> fold_of;
  // Whether it is one of those that were answered because a model was in doubt, and are set aside
  // in one part. The parent has not learnt them.
  absl::FunctionRef<bool(size_t)> is_answered;
  // Fit biases, too, where there are folds: their texts tell how many entities there are.
  bool fit_bias = true;
};

// The calibration, for new texts, of the model that Train makes of these examples. Those of a fold
// are judged by a model of all others, fold after fold, until enough texts are; those answered, if
// they are 75 or more, by a model that comes of the parent, as the one to be calibrated does.
// Scores are fitted on both, of which neither is quite what is wanted: the judges of the first are
// weaker than the model, the second are picked (decision 0015). The threshold is fitted on the
// folds. With less than 20 in folds all is fitted on those answered, and with less than 20 of
// these, too, it is that of the parent. Frozen labels have no bias, and thresholds at which as many
// of their spans are predicted in the examples set aside as with the parent's temperature and
// thresholds.
absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const AsidePlan& plan,
                                     const Parent& parent, const LearnerOptions& options,
                                     const ProgressCallback& progress = nullptr);

}  // namespace winnow::ner

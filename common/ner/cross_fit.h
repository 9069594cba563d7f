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

// Which examples are set aside.
struct FoldPlan {
  // The fold of an example, or -1: it is never set aside.
  absl::FunctionRef<int(size_t)> fold_of;
  // The parent has learnt from examples that are set aside, so that the models that judge them are
  // trained from nothing.
  bool learnt_by_parent = false;
  // Fit the bias, too: the examples set aside are drawn without regard to what a model says of
  // them, so that they tell how many entities there are.
  bool fit_bias = true;
};

// The calibration, for new texts, of the model that Train makes of these examples: fitted on those
// of a fold by a model of all others, fold after fold, until enough texts are judged. With less
// than 20 to set aside, or none else, that of the parent. Frozen labels have no bias, and
// thresholds at which as many of their spans are predicted in the examples set aside as with the
// parent's temperature and thresholds.
absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const FoldPlan& plan,
                                     const Parent& parent, const LearnerOptions& options,
                                     const ProgressCallback& progress = nullptr);

}  // namespace winnow::ner

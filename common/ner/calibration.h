// Making probabilities mean what they say, and measuring how well they do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/decode.h"
#include "common/ner/model.h"
#include "common/ner/training.h"

namespace winnow::ner {

// A calibration makes probabilities of scores, and predictions of probabilities. It cannot be
// fitted on texts that the model was trained on.
struct Calibration {
  double temperature = 1;
  // By label of the training.
  std::vector<double> thresholds;
};

// The temperature T that minimises the held-out loss
//   sum_i v_i L_i(T) + (log T)^2 / (2 * 0.3^2),
// searched in [1/20, 20]. L is of the probabilities of spans, since these are shown: of a
// completely annotated text, the sum of -log p or -log(1 - p) over its spans with p >=
// kMinAskedProbability at T = 1; otherwise log Z(T) - log Z_w(T), which for a yes or a no is the
// same of its span. v_i are the examples' weights scaled to sum to n_eff = (sum w)^2 / sum w^2, so
// that few large weights do not swamp the prior. 1 for no examples. Contradictory and empty
// examples are left out.
double FitTemperature(const Model& model, absl::Span<const Example> examples);

// The threshold with the best expected F1, 2 sum of p of the predicted spans / (their number + sum
// of p of all spans), of the texts of the examples, by the probabilities at the model's temperature
// (Dinkelbach 1967); in [0.1, 0.5]. The default for no examples. What is known of the texts is not
// used.
double FitThreshold(const Model& model, absl::Span<const Example> examples);

// The calibration, for new texts, of the model that Train makes of these examples: fitted on those
// that are set aside by a model of the others. With less than 20 aside, or none else, that of the
// parent. Frozen labels keep the parent's thresholds, for the examples aside were chosen for
// others; what is rehearsed of them (rehearsal.h) has its part in the temperature, which is theirs,
// too.
absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples,
                                     absl::FunctionRef<bool(size_t)> is_aside, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress = nullptr);

// A stated probability and what came of it.
struct Outcome {
  double probability = 0;
  bool happened = false;
  double weight = 1;
};

struct ReliabilityBin {
  size_t count = 0;
  double weight = 0;
  // Weighted means.
  double probability = 0;
  double frequency = 0;
};

struct Reliability {
  // Ascending by probability, of nearly equal counts; equal probabilities stay together. At most
  // 10, none empty.
  std::vector<ReliabilityBin> bins;
  // Expected calibration error: weighted mean of |probability - frequency| over the bins.
  double ece = 0;
  // Brier score: weighted mean of (probability - happened)^2.
  double brier = 0;
};

Reliability MeasureReliability(std::vector<Outcome> outcomes);

// The ECE of a perfectly calibrated score with these probabilities and weights exceeds this once in
// ten times, by simulation: an ECE below it is no evidence of miscalibration. `happened` is not
// used.
double PerfectEce(std::vector<Outcome> outcomes, uint64_t seed = 1);

}  // namespace winnow::ner

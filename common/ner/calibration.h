// Making probabilities mean what they say, and measuring how well they do.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/learner.h"
#include "common/ner/model.h"

namespace winnow::ner {

// The temperature T that minimises the held-out loss
//   sum_i v_i (log Z(T) - log Z_w(T)) + (log T)^2 / (2 * 0.3^2),
// searched in [1/20, 20]: a completely annotated text counts with the probability of its tag sequence, a yes or a no
// with that of the span. v_i are the examples' weights scaled to sum to n_eff = (sum w)^2 / sum w^2, so that few large
// weights do not swamp the prior. 1 for no examples. Contradictory and empty examples are left out.
double FitTemperature(const Model& model, absl::Span<const Example> examples);

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
  // Ascending by probability, of nearly equal counts; equal probabilities stay together. At most 10, none empty.
  std::vector<ReliabilityBin> bins;
  // Expected calibration error: weighted mean of |probability - frequency| over the bins.
  double ece = 0;
  // Brier score: weighted mean of (probability - happened)^2.
  double brier = 0;
};

Reliability MeasureReliability(std::vector<Outcome> outcomes);

// What the ECE of a perfectly calibrated score with these probabilities and weights exceeds once in ten times, by
// simulation: an ECE below it is no evidence of miscalibration. `happened` is not used.
double PerfectEce(std::vector<Outcome> outcomes, uint64_t seed = 1);

}  // namespace winnow::ner

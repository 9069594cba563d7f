// How well probabilities mean what they say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace winnow::ner {

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

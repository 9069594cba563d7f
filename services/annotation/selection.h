// Which question next: acquisition functions, pure and named. A queue chooses one by its name.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::annotation {

// What was asked before about spans with the same string (case folded) and label.
struct StringMemory {
  uint32_t num_asked = 0;
  uint32_t num_rejected = 0;
};

// A candidate question.
struct QuestionView {
  // Exact probability of the span under the working model, in [0, 1].
  double probability = 0;
  // Tokens of the text that a person has to read.
  uint32_t num_tokens = 0;
  StringMemory memory;
};

// The larger, the sooner it is asked. >= 0.
using AcquisitionFunction = double (*)(const QuestionView& question);

// "uncertainty": p (1 - p), the variance of the answer, over the expected seconds of reading, times novelty
// 1 / sqrt(1 + asked), times 1 / (1 + rejected): a string rejected before is asked rarely, but not never.
// "random": every candidate alike; the baseline.
// InvalidArgument for any other name.
absl::StatusOr<AcquisitionFunction> FindAcquisitionFunction(absl::string_view name);

// Weighted sampling without replacement (Efraimidis and Spirakis 2006): asking in ascending order of these keys draws
// each next question with a probability proportional to the weight. `uniform` in [0, 1). Infinite for weight 0.
double SamplingKey(double weight, double uniform);

}  // namespace winnow::annotation

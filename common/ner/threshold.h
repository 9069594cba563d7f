// Where a span is probable enough to be predicted.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/transitions.h"

namespace winnow::ner {

// A text as a model sees it.
struct ScoredText {
  std::vector<float> scores;  // emissions [num_tokens][4K]
  size_t num_tokens = 0;
  // Of the same model, at the temperature that counts; must outlive the text.
  const TransitionFactors* factors = nullptr;
};

// The threshold with the best expected F1 of the labels that are `taught` (by label; missing ones
// are true), 2 sum of p of the predicted spans / (their number + sum of p of all spans), by the
// models' own probabilities (Dinkelbach 1967); in [0.1, 0.5]. So nothing need be known of the
// texts, but they should stand for all texts. The default (decode.h) where no span is expected.
double FitThreshold(absl::Span<const ScoredText> texts, const std::vector<bool>& taught);

}  // namespace winnow::ner

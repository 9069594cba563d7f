// One example speaks of the weights by its loss and the gradient with respect to the scores.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/example.h"
#include "common/ner/lattice.h"
#include "common/ner/transitions.h"

namespace winnow::ner {

// The gradient of L = log Z - log Z_w (see Example), not weighted.
struct Gradient {
  // L in nats; infinity, and no gradient, for a constraint that leaves no path.
  double loss = 0;
  // The tokens whose tag probabilities are not nearly what the constraint says, ascending.
  std::vector<uint32_t> tokens;
  // [tokens.size()][4K]: by the scores of the tags but O.
  std::vector<float> emissions;
  // By the scores of Transitions, around the tokens; empty without any.
  std::vector<double> outside, inside;
  // E[C] of the free lattice, C being the number of tokens in entities of the labels of
  // ExpectedEntityRatio; 0 without any.
  double num_in_entities = 0;
};

// Adds weight * E[C] to the loss: C is the number of tokens in entities of some labels.
struct ExpectedEntityRatio {
  double weight = 0;
  // [K]: 1 for these labels; empty for none.
  absl::Span<const uint8_t> labels;
};

// Scratch memory that belongs to its caller; not thread-safe.
class GradientCalculator {
 public:
  // Replaces `gradient`. `scores`: emissions [num_tokens][4K]. `factors` are those of `transitions`
  // at temperature 1.
  void Calculate(const Example& example, absl::Span<const float> scores,
                 const Transitions& transitions, const TransitionFactors& factors,
                 const ExpectedEntityRatio& ratio, Gradient& gradient);

 private:
  double Loss(const Example& example, absl::Span<const float> scores,
              const Transitions& transitions, const TransitionFactors& factors);
  void Bias(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
            absl::Span<const uint8_t> labels);
  void AddEmissions(const Example& example, size_t token, absl::Span<const uint8_t> labels,
                    Gradient& gradient);
  void ResidualAt(const Example& example, size_t token);
  void AddTransitions(const Example& example, Gradient& gradient);

  Lattice free_, constrained_;
  // The lattices with the scores of the entity ratio's labels raised and lowered, for the
  // derivative of E[C], and its weight in the gradient.
  Lattice raised_, lowered_;
  double weight_of_bias_ = 0;
  std::vector<float> biased_;
  std::vector<double> residual_, other_;
  std::vector<bool> moved_;
};

}  // namespace winnow::ner

// The spans a model predicts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice.h"

namespace winnow::ner {

// Predicted is the set of spans without overlaps with the largest sum of p(span) - kThreshold. The expected F1 of all
// predictions is at its best with a threshold of half that F1 (Lipton, Elkan, Naryanaswamy 2014); 0.35 was best on the
// dev sets of six data sets with an F1 of 0.3 to 0.8, by 1.2 points better than the best tag sequence (Viterbi), which
// predicts too few spans where the model is in doubt.
inline constexpr double kThreshold = 0.35;

// Scratch memory that belongs to its caller; not thread-safe.
class Decoder {
 public:
  // Replaces `spans` by the predicted ones with their probabilities, ascending.
  // `scores`: emissions [num_tokens][4K]. REQUIRES: sizes agree.
  void Decode(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
              std::vector<Candidate>& spans);

 private:
  Lattice lattice_;
  std::vector<Candidate> candidates_;
  std::vector<double> best_;            // [num_tokens + 1]: of the spans that end before
  std::vector<const Candidate*> last_;  // the last span of these; null: none ends right before
};

}  // namespace winnow::ner

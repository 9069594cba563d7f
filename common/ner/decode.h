// The spans a model predicts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice.h"

namespace winnow::ner {

// Predicted is the set of spans without overlaps with the largest sum of p(span) -
// threshold(label). The expected F1 of all predictions is at its best with one threshold of half
// that F1 (Lipton, Elkan, Naryanaswamy 2014). See calibration.h for its choice; this one is for
// models of too few texts for that.
inline constexpr double kDefaultThreshold = 0.35;

// Scratch memory that belongs to its caller; not thread-safe.
class Decoder {
 public:
  // Replaces `spans` by the predicted ones with their probabilities, ascending.
  // `scores`: emissions [num_tokens][4K]; `thresholds`: [K]. REQUIRES: sizes agree; thresholds > 0.
  void Decode(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
              absl::Span<const double> thresholds, std::vector<Candidate>& spans);

  // The same of the spans that have at least the lowest of the thresholds; others may be among
  // them. REQUIRES: `candidates` ascend by span.
  void Choose(absl::Span<const Candidate> candidates, size_t num_tokens,
              absl::Span<const double> thresholds, std::vector<Candidate>& spans);

 private:
  void TraceBack(std::vector<Candidate>& spans) const;

  Lattice lattice_;
  std::vector<Candidate> candidates_;
  std::vector<double> best_;            // [num_tokens + 1]: of spans that end before
  std::vector<const Candidate*> last_;  // the last span of these; null: none ends right before
};

}  // namespace winnow::ner

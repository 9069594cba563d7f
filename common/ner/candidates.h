// Spans that may be entities, with their exact probabilities.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/lattice.h"
#include "common/ner/tagging_lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {

struct Candidate {
  TokenSpan span;
  double probability = 0;
};

// Replaces `candidates` by every span with probability >= min_probability, and none else, ascending
// by begin, end, label. Spans are extended from each start while the probability that one is still
// open stays above the threshold, which falls with the length: no beam, none missed. Takes O(n K)
// and O(sum of lengths / min_probability) at most. REQUIRES: lattice.Backward was called, and no
// span is weighted; min_probability > 0.
void FindCandidates(const Lattice& lattice, double min_probability,
                    std::vector<Candidate>& candidates);

// The same for tagging: in single precision, probabilities within 1e-5, wherever that suffices.
// Scratch memory that belongs to its caller; not thread-safe.
class CandidateFinder {
 public:
  // `scores`: emissions [num_tokens][4K]. No candidates where no path has any mass.
  // REQUIRES: sizes agree; min_probability > 0.
  void Find(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
            double min_probability, std::vector<Candidate>& candidates);

 private:
  TaggingLattice lattice_;
  Lattice exact_;
};

// The probabilities of all spans of up to `max_length` tokens: [num_tokens][max_length][K], at
// (begin, length - 1, label); 0 beyond the end of the text. REQUIRES: as above; max_length > 0.
void SpanMarginals(const Lattice& lattice, uint32_t max_length, std::vector<float>& marginals);

// The expected number of spans of the labels that are `taught` (IsTaught). `marginals`: scratch
// memory. REQUIRES: as above.
double ExpectedSpans(const Lattice& lattice, const std::vector<bool>& taught,
                     std::vector<double>& marginals);

}  // namespace winnow::ner

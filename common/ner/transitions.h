// Scores of tag transitions, and their exponentials in the form in which the lattice multiplies
// with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/tags.h"

namespace winnow::ner {

// Transition scores for K labels.
struct Transitions {
  // [2K + 1 closed tags, in the order of TagSet::Closed][2K + 1 successors O, S, B], row-major.
  std::vector<float> outside;
  // [4][K]: B -> I, B -> E, I -> I, I -> E of each label.
  std::vector<float> inside;

  explicit Transitions(int num_labels = 0)
      : outside(static_cast<size_t>(2 * num_labels + 1) * (2 * num_labels + 1)),
        inside(4 * num_labels) {}
};

// exp(score / temperature) of Transitions. Scores / temperature beyond +-200 count as +-200, so
// that no product of the lattice overflows. Immutable but for Set*, hence thread-safe without.
class TransitionFactors {
 public:
  TransitionFactors() = default;
  TransitionFactors(const Transitions& transitions, double temperature);

  int num_labels() const { return num_labels_; }
  double inverse_temperature() const { return inverse_temperature_; }

  // Exchanges one score; `index` as in Transitions.
  void SetOutside(size_t index, float score);
  void SetInside(size_t index, float score) { inside_[index] = Factor(score); }

  // Factors from the i-th closed tag to all successors, and from all closed tags to successor s;
  // each [2K + 1] with zeros behind, up to stride().
  const double* FromClosed(int i) const { return &rows_[static_cast<size_t>(i) * stride_]; }
  const double* ToSuccessor(int s) const { return &columns_[static_cast<size_t>(s) * stride_]; }
  int stride() const { return stride_; }
  // Indices are those of Transitions::inside.
  const double* inside() const { return inside_.data(); }

 private:
  double Factor(float score) const;

  int num_labels_ = 0;
  int stride_ = 0;  // 2K + 1, rounded up to a multiple of kLanes
  double inverse_temperature_ = 1;
  std::vector<double> rows_, columns_, inside_;
};

// Score of a tag sequence; minus infinity for one that is not well-formed BIOES. `scores`:
// emissions [num_tokens][4K] of the tags but O. REQUIRES: tags are below L.
double PathScore(absl::Span<const float> scores, absl::Span<const uint16_t> path,
                 const Transitions& transitions);

}  // namespace winnow::ner

// Inference for tagging: the probabilities of tags and spans in single precision.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/tags.h"
#include "common/ner/transitions.h"

namespace winnow::ner {

// Forward-backward in a free linear-chain CRF, in single precision: what tagging needs of Lattice,
// several times as fast. Alpha and beta are each scaled by their own sum of the step before, so
// that no step waits for a sum nor one of them for the other, and one loop makes both. Nothing that
// is asked depends on the scales:
//
//   p(tag_t = y) = alpha_t(y) beta_t(y) / N_t, N_t = sum_y alpha_t(y) beta_t(y);
//   p(tag_t = E_l | tag_{t-1} = B_l or I_l) = e / (e + i), where e = Tr(., E_l) psi_t(E_l)
//   beta_t(E_l) and i is the same of I_l, since nothing else may follow.
//
// Scratch memory that belongs to its caller and is reused by the next call; linear in the number of
// tokens. Not thread-safe.
class TaggingLattice {
 public:
  // `scores`: emissions [num_tokens][4K] of the tags but O. False, and nothing else may be asked,
  // where single precision does not suffice, which Lattice is for: a score / temperature is above
  // 40, or what precedes a token, the token and what follows contradict each other by 27 nats.
  // Otherwise what underflows at a token is less than 1e-14 of its N_t. REQUIRES: sizes agree.
  bool Run(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors);

  size_t num_tokens() const { return n_; }
  TagSet tags() const { return tags_; }

  // p(tag_t = y), in the order of the tags.
  const float* marginals(size_t token) const { return &alpha_[token * stride_]; }
  // psi_t(y) beta_t(y) up to a factor, in the order of the tags. REQUIRES: token > 0.
  const float* entering(size_t token) const { return &entering_[token * stride_]; }
  // As TransitionFactors::inside.
  const float* inside() const { return inside_.data(); }

 private:
  // kLabels: the number of labels, or Eigen::Dynamic for any.
  template <int kLabels>
  bool RunOf(absl::Span<const float> scores, const TransitionFactors& factors);
  template <int kLabels>
  void FillFactors(const TransitionFactors& factors);
  template <int kLabels>
  bool FillPsi(absl::Span<const float> scores, float inverse_temperature);
  template <int kLabels>
  void Forward(size_t token);
  template <int kLabels>
  void Backward(size_t token);
  template <int kLabels>
  bool FillMarginals();

  TagSet tags_{0};
  size_t n_ = 0;
  size_t stride_ = 0;  // of rows of one value per tag: L, padded; what is behind L is 0
  // As the rows of TransitionFactors::FromClosed and ToSuccessor, and as inside.
  std::vector<float> from_closed_, to_successor_, inside_;
  std::vector<float> psi_, alpha_, beta_, entering_;
  std::vector<float> alpha_scale_, beta_scale_;  // 1 / the sum of the row
};

}  // namespace winnow::ner

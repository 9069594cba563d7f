// Exact inference in a linear-chain CRF, free or under constraints: log Z, marginals, expected
// transitions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/ner/tags.h"
#include "common/ner/transitions.h"

namespace winnow::ner {

// Every path through this span has its weight multiplied by `factor`: 0 forbids the span (a
// reject), a factor > 0 is a soft answer.
struct WeightedSpan {
  TokenSpan span;
  double factor = 0;
};

// The knowledge of the tags of one text. At most one of `path` and (`allowed`, `weighted`) is used;
// all empty: nothing is known.
struct Constraint {
  // All tags are known: one per token.
  std::vector<uint16_t> path;
  // [num_tokens][L], 1 where the tag is allowed; empty: all are.
  std::vector<uint8_t> allowed;
  // Sorted by span, no span twice.
  std::vector<WeightedSpan> weighted;

  bool empty() const { return path.empty() && allowed.empty() && weighted.empty(); }
};

// Forward-backward in scaled probability space, in double precision (Rabiner 1989), one
// implementation for the free and the constrained lattice. With psi_t(y) = exp(u_t(y) / T - m_t),
// m_t the largest over allowed tags, and factors Tr: alpha_t is normalised to sum 1 by c_t, beta_t
// divided by c_{t+1}, log Z = sum_t (m_t + log c_t). The condition that no span is open at the
// first or behind the last token is part of psi.
//
// Weighted spans are tracked exactly (the sum over all paths of the product of factors of the spans
// in them): for each start i and label l that has any, the state I_l is kept apart for paths that
// opened at i up to the last listed end; reaching E_l from there multiplies the factor, and behind
// the last end the paths join the shared I_l. Overlapping or disjoint, any number: O(n K^2 + sum of
// span lengths).
//
// Scratch memory that belongs to its caller and is reused by the next call; linear in the number of
// tokens. Not thread-safe.
class Lattice {
 public:
  // `scores`: emissions [num_tokens][4K] of the tags but O. `constraint`: null, or with an empty
  // path. Computes log_z(). False, and nothing else may be asked, when no path is left
  // (contradictory answers; also where all that is left has less than 1e-300 of the mass of a
  // token). `factors` must outlive the questions asked; `constraint` only the calls of Forward and
  // Backward. REQUIRES: sizes agree; spans of `constraint` lie within the tokens.
  bool Forward(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
               const Constraint* constraint = nullptr);
  double log_z() const { return log_z_; }

  // Completes the marginals. REQUIRES: Forward was true, and `constraint` is as it was there.
  void Backward();

  // p(tag_t = y) for all L tags of token t. REQUIRES: Backward.
  void Marginals(size_t token, double* marginals) const;

  // Adds scale * expected transitions from token t - 1 to t to `outside` ([2K+1][2K+1]) and
  // `inside` ([4][K]). REQUIRES: Backward, t > 0.
  void AddTransitions(size_t token, double scale, double* outside, double* inside) const;

  // p(span) in the free lattice, exactly: all paths through the span over all paths.
  // REQUIRES: Backward, without weighted spans.
  double SpanProbability(const TokenSpan& span) const;

  size_t num_tokens() const { return n_; }
  TagSet tags() const { return tags_; }

  // Implementation details from here on; candidates.h uses these. Rows of one value per tag, in
  // their order.

  // The pieces of p(B..E from i to j) = alpha_i(B) * inside * psi(I) / c * ... * inside *
  // entering_j(E).
  const double* alpha(size_t token) const { return &alpha_[token * stride_]; }
  const double* beta(size_t token) const { return &beta_[token * stride_]; }
  const double* psi(size_t token) const { return &psi_[token * stride_]; }
  double inverse_c(size_t token) const { return inverse_c_[token]; }
  // psi beta / c: what is left of a path that enters a tag at this token, but for the transition.
  // REQUIRES: token > 0.
  const double* entering(size_t token) const { return &entering_[token * stride_]; }
  const TransitionFactors& factors() const { return *factors_; }

 private:
  // Paths that opened a span of `label` at `start`, apart from the others at tokens start + 1 ..
  // last - 1.
  struct Chain {
    uint32_t start;
    uint32_t last;  // last listed end (the token, inclusive)
    uint32_t label;
    size_t value;   // index of token start + 1 in chain_alpha_ and chain_beta_
    size_t factor;  // index of the end start + 1 in chain_factors_

    size_t ValueAt(size_t t) const { return value + t - start - 1; }
    size_t FactorAt(size_t t) const { return factor + t - start - 1; }
  };

  // kLabels: the number of labels, or Eigen::Dynamic for any.
  template <int kLabels>
  void FillPsi(absl::Span<const float> scores, const Constraint* constraint);
  template <int kLabels>
  bool ForwardSteps();
  template <int kLabels>
  void BackwardSteps();
  template <int kLabels>
  void AddTransitionsOf(size_t token, double scale, double* outside, double* inside) const;

  void BuildChains(const Constraint* constraint);
  void IndexChains();
  // alpha_{t-1}(B), without those from which a chain starts.
  const double* OpenedOutsideChains(size_t t);
  // The chains' part of the step to t. Returns the chains' mass.
  double ForwardChains(size_t t);
  void ScaleChains(size_t t, double scale);
  void BackwardChains(size_t t);
  // psi_t beta_t / c_t of a chain's I at t.
  double ChainEntering(const Chain& chain, size_t t) const;
  // Chains with start < t <= last.
  absl::Span<const uint32_t> ActiveAt(size_t t) const;

  TagSet tags_{0};
  size_t n_ = 0;
  size_t stride_ = kLanes;  // L, rounded up to a multiple of kLanes; what is behind L is 0
  const TransitionFactors* factors_ = nullptr;
  double log_z_ = 0;
  std::vector<double> psi_, alpha_, beta_, entering_, inverse_c_;
  std::vector<double> opened_;
  std::vector<Chain> chains_;
  std::vector<uint32_t> active_, active_begins_;
  std::vector<double> chain_alpha_, chain_beta_, chain_factors_;
};

}  // namespace winnow::ner

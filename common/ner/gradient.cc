#include "common/ner/gradient.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace winnow::ner {
namespace {

// A token whose tag probabilities differ less than this from what they should be is left alone.
// This spares most of the work once most tokens are learnt, and works against overfitting: on dev
// sets 0.02 was as good as any lower value or better, and on many sentences by up to 1.5 points of
// F1 better than 0.001.
constexpr double kSmallResidual = 0.02;
// Half of the distance of the central difference, in nats.
constexpr float kBias = 0.03f;

// Whether a tag is of one of the labels, [K].
bool IsOf(absl::Span<const uint8_t> labels, size_t tag) {
  return tag > 0 && !labels.empty() && labels[(tag - 1) % labels.size()] != 0;
}

}  // namespace

void GradientCalculator::Calculate(const Example& example, absl::Span<const float> scores,
                                   const Transitions& transitions, const TransitionFactors& factors,
                                   const ExpectedEntityRatio& ratio, Gradient& gradient) {
  const size_t n = example.features.num_tokens();
  gradient.tokens.clear();
  gradient.emissions.clear();
  gradient.outside.clear();
  gradient.inside.clear();
  gradient.loss = 0;
  gradient.num_in_entities = 0;
  if (n == 0 || example.constraint.empty()) return;
  gradient.loss = Loss(example, scores, transitions, factors);
  const bool complete = !example.constraint.path.empty();
  if (std::isinf(gradient.loss)) return;
  // No residual is above 1 - p <= loss where p is the probability of the only right path.
  if (complete && gradient.loss < kSmallResidual) {
    for (const uint16_t tag : example.constraint.path)
      gradient.num_in_entities += IsOf(ratio.labels, tag);
    return;
  }
  free_.Backward();
  if (!complete) constrained_.Backward();
  weight_of_bias_ = ratio.weight / (2 * double{kBias});
  if (weight_of_bias_ != 0) Bias(scores, n, factors, ratio.labels);

  residual_.resize(1 + scores.size() / n);
  other_.resize(residual_.size());
  moved_.assign(n, false);
  for (size_t t = 0; t < n; ++t) AddEmissions(example, t, ratio.labels, gradient);
  // Transitions between tokens that are left alone are left alone, too.
  if (!gradient.tokens.empty()) {
    gradient.outside.assign(transitions.outside.size(), 0);
    gradient.inside.assign(transitions.inside.size(), 0);
    AddTransitions(example, gradient);
  }
}

void GradientCalculator::AddEmissions(const Example& example, size_t token,
                                      absl::Span<const uint8_t> labels, Gradient& gradient) {
  free_.Marginals(token, residual_.data());
  if (!labels.empty()) {
    for (size_t y = 1; y < residual_.size(); ++y) {
      if (IsOf(labels, y)) gradient.num_in_entities += residual_[y];
    }
  }
  ResidualAt(example, token);
  double largest = 0;
  for (const double r : residual_) largest = std::max(largest, std::abs(r));
  if (largest < kSmallResidual) return;
  moved_[token] = true;
  gradient.tokens.push_back(static_cast<uint32_t>(token));
  for (size_t y = 1; y < residual_.size(); ++y)
    gradient.emissions.push_back(static_cast<float>(residual_[y]));
}

double GradientCalculator::Loss(const Example& example, absl::Span<const float> scores,
                                const Transitions& transitions, const TransitionFactors& factors) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const size_t n = example.features.num_tokens();
  if (!free_.Forward(scores, n, factors)) return kInfinite;
  if (!example.constraint.path.empty()) {
    return free_.log_z() - PathScore(scores, example.constraint.path, transitions);
  }
  if (!constrained_.Forward(scores, n, factors, &example.constraint)) return kInfinite;
  // A factor above 1 adds mass that the free lattice has not.
  double loss = free_.log_z() - constrained_.log_z();
  for (const WeightedSpan& weighted : example.constraint.weighted)
    loss += std::log(std::max(1.0, weighted.factor));
  return loss;
}

// The derivative of E[C] by a score is the covariance of C and what the score counts, which is the
// derivative of the expectation of the latter by a bias on all tags that C counts.
void GradientCalculator::Bias(absl::Span<const float> scores, size_t num_tokens,
                              const TransitionFactors& factors, absl::Span<const uint8_t> labels) {
  for (const float bias : {kBias, -kBias}) {
    biased_.assign(scores.begin(), scores.end());
    for (size_t i = 0; i < biased_.size(); ++i) {
      if (labels[i % labels.size()] != 0) biased_[i] += bias;
    }
    Lattice& lattice = bias > 0 ? raised_ : lowered_;
    lattice.Forward(biased_, num_tokens, factors);
    lattice.Backward();
  }
}

// Makes the derivatives of the marginals of the free lattice.
void GradientCalculator::ResidualAt(const Example& example, size_t token) {
  const auto add = [&](const Lattice& lattice, double weight) {
    lattice.Marginals(token, other_.data());
    for (size_t y = 0; y < residual_.size(); ++y) residual_[y] += weight * other_[y];
  };
  if (weight_of_bias_ != 0) {
    add(raised_, weight_of_bias_);
    add(lowered_, -weight_of_bias_);
  }
  if (example.constraint.path.empty()) {
    add(constrained_, -1);
  } else {
    residual_[example.constraint.path[token]] -= 1;
  }
}

void GradientCalculator::AddTransitions(const Example& example, Gradient& gradient) {
  const TagSet tags = free_.tags();
  const std::vector<uint16_t>& path = example.constraint.path;
  for (size_t t = 1; t < example.features.num_tokens(); ++t) {
    if (!moved_[t - 1] && !moved_[t]) continue;
    free_.AddTransitions(t, 1, gradient.outside.data(), gradient.inside.data());
    if (weight_of_bias_ != 0) {
      raised_.AddTransitions(t, weight_of_bias_, gradient.outside.data(), gradient.inside.data());
      lowered_.AddTransitions(t, -weight_of_bias_, gradient.outside.data(), gradient.inside.data());
    }
    if (path.empty()) {
      constrained_.AddTransitions(t, -1, gradient.outside.data(), gradient.inside.data());
    } else {
      (tags.IsOpen(path[t - 1]) ? gradient.inside
                                : gradient.outside)[tags.TransitionIndex(path[t - 1], path[t])] -=
          1;
    }
  }
}

}  // namespace winnow::ner

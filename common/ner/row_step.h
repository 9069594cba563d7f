// AdaGrad's step for one row of weights: the kernel of a training. Internal to the folder.
#pragma once

#include <cmath>

#include "Eigen/Core"
#include "common/ner/tags.h"

namespace winnow::ner {

// Both chosen on the dev sets of seven data sets: mean F1 63.8, against 62.6 with equal rates and
// epsilon 1e-6, and 59.8 without shared parts.
inline constexpr float kAdaGradEpsilon = 3e-3f;
// The shared parts of a row learn faster than the part that is a weight's own.
inline constexpr float kSharedRate = 2;

// Characters of scripts without spaces learn slower than words: as many times the rate. Chosen on
// two dev sets.
inline constexpr double kCharacterRate = 0.4;

// The step of one weight, to be subtracted. Adds to its sum of squares.
inline float StepOf(float rate, float gradient, float& squares) {
  squares += gradient * gradient;
  return rate * gradient / std::sqrt(squares + kAdaGradEpsilon);
}

// The same for an array of weights.
template <typename Gradient, typename Squares>
auto StepsOf(float rate, const Gradient& gradient, Squares& squares) {
  squares += gradient.square();
  return rate * gradient / (squares + kAdaGradEpsilon).sqrt();
}

struct RowStep {
  float rate;
  float decay;            // lambda
  const float* gradient;  // [4][K]
  const float* center;    // [4][K]
  const float* is_free;   // [K]: 0 for frozen labels, 1 for others
  float* weights;         // [4][K]
  float* squares;         // [5K + 1]
};

// One update of a row, with its tied parts as AdaGrad (adagrad.h) has them. kLabels: K, or
// Eigen::Dynamic. A column is the weights of one position in an entity (S, B, I, E), a row those of
// one label.
template <int kLabels>
void ApplyStep(const RowStep& row, Eigen::Index k) {
  constexpr int kMax = kLabels == Eigen::Dynamic ? kMaxLabels : kLabels;
  // Eigen wants a single row stored by rows; that is the same order.
  using Matrix =
      Eigen::Array<float, kLabels, 4, kLabels == 1 ? Eigen::RowMajor : Eigen::ColMajor, kMax, 4>;
  using Column = Eigen::Array<float, kLabels, 1, Eigen::ColMajor, kMax, 1>;
  Eigen::Map<Matrix> weights(row.weights, k, 4), squares(row.squares, k, 4);
  Eigen::Map<Column> shared_squares(row.squares + 4 * k, k);
  const float shared_rate = kSharedRate * row.rate;

  // S^-1 w = w - (sum over the label) / 5 - (sum over all) / (25 + 20 K); without the last part of
  // S if K = 1.
  const Matrix distance = weights - Eigen::Map<const Matrix>(row.center, k, 4);
  const Column of_label = distance.rowwise().sum();
  const float of_all = k > 1 ? of_label.sum() / static_cast<float>(25 + 20 * k) : 0;
  const Column shared = of_label / 5 + of_all;
  const Eigen::Map<const Column> is_free(row.is_free, k);
  const Matrix gradient =
      (Eigen::Map<const Matrix>(row.gradient, k, 4) + row.decay * (distance.colwise() - shared))
          .colwise() *
      is_free;
  const Column label_gradient = gradient.rowwise().sum();

  // The part that all labels share would move a frozen label, too: hence the second mask.
  Column step = StepsOf(shared_rate, label_gradient, shared_squares);
  if (k > 1) step += StepOf(shared_rate, label_gradient.sum(), row.squares[5 * k]);
  weights -= StepsOf(row.rate, gradient, squares);
  step *= is_free;
  weights.colwise() -= step;
}

}  // namespace winnow::ner

#include "common/ner/trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "Eigen/Core"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ner/row_sum.h"

namespace winnow::ner {
namespace {

constexpr float kEpsilon = 1e-3f;
// The shared parts of a row learn faster than what is a weight's own. Both chosen on the dev sets of seven data sets:
// mean F1 63.8, against 62.6 with equal rates and epsilon 1e-6, and 59.8 without shared parts.
constexpr float kSharedRate = 2;
// A token whose tag probabilities differ less than this from what they should be is left alone.
constexpr double kSmallResidual = 1e-3;
// The same for the expected number of a transition in a text.
constexpr double kSmallTransition = 1e-5;

// Copies the values of one parent's row of blocks [num_blocks][parent_k] to [num_blocks][k].
void WidenRow(const float* from, size_t parent_k, float* to, size_t k, size_t num_blocks) {
  for (size_t block = 0; block < num_blocks; ++block) {
    std::copy(from + block * parent_k, from + (block + 1) * parent_k, to + block * k);
  }
}

// The same for transitions, whose outside rows and columns are O, S.., E.. and O, S.., B...
Transitions Widen(const std::vector<float>& outside, const std::vector<float>& inside, size_t parent_k, size_t k) {
  Transitions wide(static_cast<int>(k));
  const size_t n = 2 * parent_k + 1;
  const auto place = [&](size_t i) { return i <= parent_k ? i : i + k - parent_k; };
  for (size_t i = 0; i < n; ++i) {
    for (size_t s = 0; s < n; ++s) wide.outside[place(i) * (2 * k + 1) + place(s)] = outside[i * n + s];
  }
  WidenRow(inside.data(), parent_k, wide.inside.data(), k, 4);
  return wide;
}

void MoveMean(const std::vector<float>& now, float share, std::vector<float>& mean) {
  mean.resize(now.size());
  for (size_t i = 0; i < now.size(); ++i) mean[i] += (now[i] - mean[i]) * share;
}

// AdaGrad's step for one weight.
inline float StepOf(float rate, float gradient, float& squares) {
  squares += gradient * gradient;
  return rate * gradient / std::sqrt(squares + kEpsilon);
}

// The same for an array of weights.
template <typename Gradient, typename Squares>
auto StepsOf(float rate, const Gradient& gradient, Squares& squares) {
  squares += gradient.square();
  return rate * gradient / (squares + kEpsilon).sqrt();
}

struct RowStep {
  float rate;
  float decay;
  const float* gradient;  // [4][K]
  const float* center;    // [4][K]
  float* weights;         // [4][K]
  float* squares;         // [5K + 1]
};

// One update of a row, see Trainer. kLabels: K, or Eigen::Dynamic. A column is the weights of one position in an entity
// (S, B, I, E), a row those of one label.
template <int kLabels>
void ApplyStep(const RowStep& row, Eigen::Index k) {
  constexpr int kMax = kLabels == Eigen::Dynamic ? kMaxLabels : kLabels;
  // Eigen wants a single row stored by rows; that is the same order.
  using Matrix = Eigen::Array<float, kLabels, 4, kLabels == 1 ? Eigen::RowMajor : Eigen::ColMajor, kMax, 4>;
  using Column = Eigen::Array<float, kLabels, 1, Eigen::ColMajor, kMax, 1>;
  Eigen::Map<Matrix> weights(row.weights, k, 4), squares(row.squares, k, 4);
  Eigen::Map<Column> shared_squares(row.squares + 4 * k, k);
  const float shared_rate = kSharedRate * row.rate;

  // S^-1 w = w - (sum over the label) / 5 - (sum over all) / (25 + 20 K); without the last part of S if K = 1.
  const Matrix distance = weights - Eigen::Map<const Matrix>(row.center, k, 4);
  const Column of_label = distance.rowwise().sum();
  const float of_all = k > 1 ? of_label.sum() / static_cast<float>(25 + 20 * k) : 0;
  const Column shared = of_label / 5 + of_all;
  const Matrix gradient =
      Eigen::Map<const Matrix>(row.gradient, k, 4) + row.decay * (distance.colwise() - shared);
  const Column label_gradient = gradient.rowwise().sum();

  Column step = StepsOf(shared_rate, label_gradient, shared_squares);
  if (k > 1) step += StepOf(shared_rate, label_gradient.sum(), row.squares[5 * k]);
  weights -= StepsOf(row.rate, gradient, squares);
  weights.colwise() -= step;
}

}  // namespace

Trainer::Trainer(const std::vector<std::string>& labels, const LearnerOptions& options, int hash_bits)
    : labels_(labels),
      tags_(static_cast<int>(labels.size())),
      options_(options),
      hash_bits_(hash_bits),
      decay_(options.l2),
      index_(size_t{1} << hash_bits),
      transition_squares_(tags_.num_labels()),
      zeros_(4 * labels.size()) {
  now_.transitions = center_.transitions = Transitions(tags_.num_labels());
}

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const std::vector<std::string>& labels, const Parent& parent,
                                                         const LearnerOptions& options, int hash_bits) {
  std::unique_ptr<Trainer> trainer(new Trainer(labels, options, hash_bits));
  if (parent.model != nullptr) WINNOW_RETURN_IF_ERROR(trainer->Start(parent));
  trainer->factors_ = TransitionFactors(trainer->now_.transitions, 1);
  return trainer;
}

absl::Status Trainer::Start(const Parent& parent) {
  const Model& model = *parent.model;
  const size_t k = labels_.size(), parent_k = model.labels().size();
  if (parent_k > k || !std::equal(model.labels().begin(), model.labels().end(), labels_.begin())) {
    return absl::InvalidArgumentError("the labels of a training must begin with its parent's");
  }
  if (hash_bits_ != model.hash_bits()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the parent has ", model.hash_bits(), " hash bits, the training ", hash_bits_));
  }
  decay_ = options_.prior;
  hashed_ = model.Features();
  for (size_t row = 0; row < hashed_.size(); ++row) index_[hashed_[row]] = static_cast<uint32_t>(row + 1);
  now_.rows.resize(hashed_.size() * 4 * k);
  squares_.resize(hashed_.size() * (5 * k + 1));
  for (size_t row = 0; row < hashed_.size(); ++row) {
    WidenRow(&model.rows()[row * 4 * parent_k], parent_k, &now_.rows[row * 4 * k], k, 4);
  }
  now_.transitions = Widen(model.transitions().outside, model.transitions().inside, parent_k, k);
  center_ = now_;
  const OptimizerState* optimizer = options_.keep_optimizer_state ? parent.optimizer : nullptr;
  if (optimizer == nullptr) return absl::OkStatus();
  if (optimizer->model_digest != model.digest() || optimizer->rows.size() != hashed_.size() * (5 * parent_k + 1)) {
    return absl::InvalidArgumentError("the optimiser's state does not belong to the parent's weights");
  }
  for (size_t row = 0; row < hashed_.size(); ++row) {
    const float* from = &optimizer->rows[row * (5 * parent_k + 1)];
    float* to = &squares_[row * (5 * k + 1)];
    WidenRow(from, parent_k, to, k, 5);
    to[5 * k] = from[5 * parent_k];
  }
  transition_squares_ = Widen(optimizer->outside, optimizer->inside, parent_k, k);
  return absl::OkStatus();
}

absl::Status Trainer::Check(const Example& example) const {
  const size_t n = example.features.num_tokens();
  const size_t num_tags = static_cast<size_t>(tags_.num_tags());
  const Constraint& c = example.constraint;
  if (!c.path.empty() && (!c.allowed.empty() || !c.weighted.empty())) {
    return absl::InvalidArgumentError("an example has both a path and a mask");
  }
  if (!c.path.empty() && (c.path.size() != n || *std::max_element(c.path.begin(), c.path.end()) >= num_tags)) {
    return absl::InvalidArgumentError("the path of an example does not fit its tokens or the labels");
  }
  if (!c.allowed.empty() && c.allowed.size() != n * num_tags) {
    return absl::InvalidArgumentError("the mask of an example does not fit its tokens or the labels");
  }
  for (size_t i = 0; i < c.weighted.size(); ++i) {
    const TokenSpan& span = c.weighted[i].span;
    if (span.begin >= span.end || span.end > n || span.label >= labels_.size() || !(c.weighted[i].factor >= 0) ||
        (i > 0 && !(c.weighted[i - 1].span < span))) {
      return absl::InvalidArgumentError("the weighted spans of an example do not fit its tokens or the labels");
    }
  }
  if (!(example.weight >= 0) || !std::isfinite(example.weight)) {
    return absl::InvalidArgumentError("the weight of an example is negative or not finite");
  }
  return absl::OkStatus();
}

uint32_t Trainer::RowOf(uint32_t hashed) {
  uint32_t& entry = index_[hashed];
  if (entry == 0) {
    hashed_.push_back(hashed);
    entry = static_cast<uint32_t>(hashed_.size());
  }
  return entry - 1;
}

void Trainer::FindRows(const TextFeatures& features, std::vector<uint32_t>& rows) {
  rows.resize(features.ids.size());
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = RowOf(features.ids[i] >> (32 - hash_bits_));
  now_.rows.resize(hashed_.size() * 4 * labels_.size());
  squares_.resize(hashed_.size() * (5 * labels_.size() + 1));
}

void Trainer::Score(const Example& example, absl::Span<const uint32_t> rows) {
  const size_t row_size = 4 * labels_.size();
  const size_t n = example.features.num_tokens();
  scores_.resize(n * row_size);
  std::vector<const float*>& pointers = pointers_;
  for (size_t t = 0; t < n; ++t) {
    pointers.clear();
    for (uint32_t i = example.features.begins[t]; i < example.features.begins[t + 1]; ++i) {
      pointers.push_back(&now_.rows[rows[i] * row_size]);
      PrefetchRow(pointers.back(), row_size);
    }
    SumRows(pointers.data(), pointers.size(), row_size, &scores_[t * row_size]);
  }
}

double Trainer::Loss(const Example& example) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const size_t n = example.features.num_tokens();
  if (!free_.Forward(scores_, n, factors_)) return kInfinite;
  if (!example.constraint.path.empty()) {
    return free_.log_z() - PathScore(scores_, example.constraint.path, now_.transitions);
  }
  if (!constrained_.Forward(scores_, n, factors_, &example.constraint)) return kInfinite;
  return free_.log_z() - constrained_.log_z();
}

void Trainer::ResidualAt(const Example& example, size_t token) {
  free_.Marginals(token, residual_.data());
  if (!example.constraint.path.empty()) {
    residual_[example.constraint.path[token]] -= 1;
    return;
  }
  constrained_.Marginals(token, other_.data());
  for (size_t y = 0; y < residual_.size(); ++y) residual_[y] -= other_[y];
}

double Trainer::Update(const Example& example, absl::Span<const uint32_t> rows) {
  const size_t n = example.features.num_tokens();
  if (n == 0 || example.constraint.empty()) return 0;
  Score(example, rows);
  const double loss = Loss(example);
  const bool complete = !example.constraint.path.empty();
  // With probability p of the only right path no residual is above 1 - p <= loss.
  if (std::isinf(loss) || (complete && loss < kSmallResidual)) return loss;
  free_.Backward();
  if (!complete) constrained_.Backward();

  residual_.resize(static_cast<size_t>(tags_.num_tags()));
  other_.resize(residual_.size());
  gradient_.resize(residual_.size() - 1);
  moved_.assign(n, false);
  for (size_t t = 0; t < n; ++t) {
    ResidualAt(example, t);
    double largest = 0;
    for (const double r : residual_) largest = std::max(largest, std::abs(r));
    if (largest < kSmallResidual) continue;
    moved_[t] = true;
    for (size_t y = 0; y < gradient_.size(); ++y) gradient_[y] = static_cast<float>(example.weight * residual_[y + 1]);
    for (uint32_t i = example.features.begins[t]; i < example.features.begins[t + 1]; ++i) UpdateRow(rows[i]);
  }
  UpdateTransitions(example);
  return loss;
}

void Trainer::UpdateRow(uint32_t row) {
  const size_t k = labels_.size();
  const bool centred = row * 4 * k < center_.rows.size();
  const RowStep step{static_cast<float>(options_.learning_rate),
                     static_cast<float>(decay_),
                     gradient_.data(),
                     centred ? &center_.rows[row * 4 * k] : zeros_.data(),
                     &now_.rows[row * 4 * k],
                     &squares_[row * (5 * k + 1)]};
  const Eigen::Index labels = static_cast<Eigen::Index>(k);
  switch (k) {
    case 1: return ApplyStep<1>(step, labels);
    case 2: return ApplyStep<2>(step, labels);
    case 3: return ApplyStep<3>(step, labels);
    case 4: return ApplyStep<4>(step, labels);
    case 5: return ApplyStep<5>(step, labels);
    case 6: return ApplyStep<6>(step, labels);
    default: return ApplyStep<Eigen::Dynamic>(step, labels);
  }
}

void Trainer::UpdateTransitions(const Example& example) {
  const size_t n = example.features.num_tokens();
  outside_.assign(now_.transitions.outside.size(), 0);
  inside_.assign(now_.transitions.inside.size(), 0);
  const std::vector<uint16_t>& path = example.constraint.path;
  for (size_t t = 1; t < n; ++t) {
    if (!moved_[t - 1] && !moved_[t]) continue;
    free_.AddTransitions(t, 1, outside_.data(), inside_.data());
    if (path.empty()) {
      constrained_.AddTransitions(t, -1, outside_.data(), inside_.data());
    } else {
      (tags_.IsOpen(path[t - 1]) ? inside_ : outside_)[tags_.TransitionIndex(path[t - 1], path[t])] -= 1;
    }
  }
  const auto update = [&](const std::vector<double>& gradient, const std::vector<float>& center,
                          std::vector<float>& weights, std::vector<float>& squares, const auto& set_factor) {
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (std::abs(gradient[i]) < kSmallTransition) continue;
      const float g = static_cast<float>(example.weight * gradient[i] + decay_ * (weights[i] - center[i]));
      weights[i] -= StepOf(static_cast<float>(options_.learning_rate), g, squares[i]);
      set_factor(i, weights[i]);
    }
  };
  update(outside_, center_.transitions.outside, now_.transitions.outside, transition_squares_.outside,
         [&](size_t i, float weight) { factors_.SetOutside(i, weight); });
  update(inside_, center_.transitions.inside, now_.transitions.inside, transition_squares_.inside,
         [&](size_t i, float weight) { factors_.SetInside(i, weight); });
}

void Trainer::AddToMean() {
  const float share = 1.0f / static_cast<float>(++num_means_);
  MoveMean(now_.rows, share, mean_.rows);
  MoveMean(now_.transitions.outside, share, mean_.transitions.outside);
  MoveMean(now_.transitions.inside, share, mean_.transitions.inside);
}

std::vector<uint32_t> Trainer::SortedFeatures() const {
  std::vector<uint32_t> features;
  features.reserve(hashed_.size());
  for (size_t hashed = 0; hashed < index_.size(); ++hashed) {
    if (index_[hashed] != 0) features.push_back(static_cast<uint32_t>(hashed));
  }
  return features;
}

absl::StatusOr<std::shared_ptr<const Model>> Trainer::MakeModel(double temperature) const {
  const Weights& weights = num_means_ > 0 ? mean_ : now_;
  const size_t row_size = 4 * labels_.size();
  const std::vector<uint32_t> features = SortedFeatures();
  const auto fill = [&](float* rows) {
    for (const uint32_t feature : features) {
      const float* row = &weights.rows[(index_[feature] - 1) * row_size];
      rows = std::copy(row, row + row_size, rows);
    }
  };
  return Model::Make(labels_, hash_bits_, features, weights.transitions, fill, temperature);
}

OptimizerState Trainer::MakeOptimizerState(const Model& model) const {
  OptimizerState state;
  state.model_digest = model.digest();
  state.num_labels = static_cast<uint32_t>(labels_.size());
  const size_t row_size = 5 * labels_.size() + 1;
  state.rows.reserve(hashed_.size() * row_size);
  for (const uint32_t feature : SortedFeatures()) {
    const float* row = &squares_[(index_[feature] - 1) * row_size];
    state.rows.insert(state.rows.end(), row, row + row_size);
  }
  state.outside = transition_squares_.outside;
  state.inside = transition_squares_.inside;
  return state;
}

}  // namespace winnow::ner

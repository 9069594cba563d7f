#include "common/ner/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "Eigen/Core"
#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ner/for_labels.h"
#include "common/ner/row_sum.h"

namespace winnow::ner {
namespace {

constexpr float kEpsilon = 3e-3f;
// The shared parts of a row learn faster than what is a weight's own. Both chosen on the dev sets
// of seven data sets: mean F1 63.8, against 62.6 with equal rates and epsilon 1e-6, and 59.8
// without shared parts.
constexpr float kSharedRate = 2;
// Nats for each token in an entity beyond the share that there may be.
constexpr double kPressure = 1;
// A transition whose expected number in a text is nearly what it should be is left alone.
constexpr double kSmallTransition = 1e-5;
// Rows next to each other belong to one thread.
constexpr uint32_t kRowsPerBlock = 16;

// Copies the values of one parent's row of blocks [num_blocks][parent_k] to [num_blocks][k].
void WidenRow(const float* from, size_t parent_k, float* to, size_t k, size_t num_blocks) {
  for (size_t block = 0; block < num_blocks; ++block) {
    std::copy(from + block * parent_k, from + (block + 1) * parent_k, to + block * k);
  }
}

// The same for transitions, whose outside rows and columns are O, S.., E.. and O, S.., B...
Transitions Widen(const std::vector<float>& outside, const std::vector<float>& inside,
                  size_t parent_k, size_t k) {
  Transitions wide(static_cast<int>(k));
  const size_t n = 2 * parent_k + 1;
  const auto place = [&](size_t i) { return i <= parent_k ? i : i + k - parent_k; };
  for (size_t i = 0; i < n; ++i) {
    for (size_t s = 0; s < n; ++s)
      wide.outside[place(i) * (2 * k + 1) + place(s)] = outside[i * n + s];
  }
  WidenRow(inside.data(), parent_k, wide.inside.data(), k, 4);
  return wide;
}

// mean += (now - mean) * share for part i of n of the values.
void MoveMean(absl::Span<const float> now, float share, size_t i, size_t n,
              absl::Span<float> mean) {
  for (size_t j = now.size() * i / n; j < now.size() * (i + 1) / n; ++j)
    mean[j] += (now[j] - mean[j]) * share;
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
  const float* is_free;   // [K]
  float* weights;         // [4][K]
  float* squares;         // [5K + 1]
};

// One update of a row, see Trainer. kLabels: K, or Eigen::Dynamic. A column is the weights of one
// position in an entity (S, B, I, E), a row those of one label.
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

  Column step = StepsOf(shared_rate, label_gradient, shared_squares);
  if (k > 1) step += StepOf(shared_rate, label_gradient.sum(), row.squares[5 * k]);
  weights -= StepsOf(row.rate, gradient, squares);
  step *= is_free;
  weights.colwise() -= step;
}

}  // namespace

Trainer::Trainer(const std::vector<std::string>& labels, const LearnerOptions& options,
                 int hash_bits)
    : labels_(labels),
      tags_(static_cast<int>(labels.size())),
      options_(options),
      hash_bits_(hash_bits),
      decay_(options.l2),
      index_(size_t{1} << hash_bits),
      transition_squares_(tags_.num_labels()),
      zeros_(4 * labels.size()),
      is_free_(labels.size(), 1),
      team_(std::max<size_t>(1, options.num_threads)),
      scratch_(team_.size()) {
  now_.transitions = mean_.transitions = center_.transitions = Transitions(tags_.num_labels());
  for (size_t label = 0; label < std::min(labels.size(), options.fixed_labels.size()); ++label) {
    is_free_[label] = options.fixed_labels[label] ? 0 : 1;
  }
  if (absl::c_linear_search(options.bounded_labels, true)) {
    is_bounded_.assign(options.bounded_labels.begin(), options.bounded_labels.end());
    is_bounded_.resize(labels.size());
  }
}

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(const std::vector<std::string>& labels,
                                                         const Parent& parent,
                                                         const LearnerOptions& options,
                                                         int hash_bits) {
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
    return absl::InvalidArgumentError(absl::StrCat("the parent has ", model.hash_bits(),
                                                   " hash bits, the training ", hash_bits_));
  }
  decay_ = options_.prior;
  hashed_ = model.Features();
  for (size_t row = 0; row < hashed_.size(); ++row)
    index_[hashed_[row]] = static_cast<uint32_t>(row + 1);
  // Room for as many new rows costs nothing until it is used; moving the old ones would be felt by
  // an online learner.
  now_.rows.reserve(2 * hashed_.size() * 4 * k);
  squares_.reserve(2 * hashed_.size() * (5 * k + 1));
  places_.reserve(2 * hashed_.size());
  now_.rows.resize(hashed_.size() * 4 * k);
  squares_.resize(hashed_.size() * (5 * k + 1));
  std::vector<float> narrow(4 * parent_k);
  for (size_t row = 0; row < hashed_.size(); ++row) {
    const int8_t* from = &model.rows()[row * 4 * parent_k];
    std::transform(from, from + 4 * parent_k, narrow.begin(),
                   [](int8_t units) { return kWeightUnit * units; });
    WidenRow(narrow.data(), parent_k, &now_.rows[row * 4 * k], k, 4);
  }
  now_.transitions = Widen(model.transitions().outside, model.transitions().inside, parent_k, k);
  center_ = now_;
  const OptimizerState* optimizer = options_.keep_optimizer_state ? parent.optimizer : nullptr;
  if (optimizer == nullptr) return absl::OkStatus();
  if (optimizer->model_digest != model.digest() ||
      optimizer->rows.size() != hashed_.size() * (5 * parent_k + 1)) {
    return absl::InvalidArgumentError(
        "the optimiser's state does not belong to the parent's weights");
  }
  std::vector<float> narrow_squares(5 * parent_k + 1);
  for (size_t row = 0; row < hashed_.size(); ++row) {
    const uint8_t* from = &optimizer->rows[row * (5 * parent_k + 1)];
    std::transform(from, from + 5 * parent_k + 1, narrow_squares.begin(), ExpandSquares);
    float* to = &squares_[row * (5 * k + 1)];
    WidenRow(narrow_squares.data(), parent_k, to, k, 5);
    to[5 * k] = narrow_squares[5 * parent_k];
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
  if (!c.path.empty() &&
      (c.path.size() != n || *std::max_element(c.path.begin(), c.path.end()) >= num_tags)) {
    return absl::InvalidArgumentError(
        "the path of an example does not fit its tokens or the labels");
  }
  if (!c.allowed.empty() && c.allowed.size() != n * num_tags) {
    return absl::InvalidArgumentError(
        "the mask of an example does not fit its tokens or the labels");
  }
  for (size_t i = 0; i < c.weighted.size(); ++i) {
    const TokenSpan& span = c.weighted[i].span;
    if (span.begin >= span.end || span.end > n || span.label >= labels_.size() ||
        !(c.weighted[i].factor >= 0) || (i > 0 && !(c.weighted[i - 1].span < span))) {
      return absl::InvalidArgumentError(
          "the weighted spans of an example do not fit its tokens or the labels");
    }
  }
  if (!(example.weight >= 0) || !std::isfinite(example.weight)) {
    return absl::InvalidArgumentError("the weight of an example is negative or not finite");
  }
  return absl::OkStatus();
}

std::vector<std::vector<uint32_t>> Trainer::FindRows(absl::Span<const Example* const> examples) {
  std::vector<std::vector<uint32_t>> rows(examples.size());
  for (size_t e = 0; e < examples.size(); ++e) {
    const std::vector<uint32_t>& ids = examples[e]->features.ids;
    rows[e].resize(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      if (i + kRowsAhead < ids.size())
        __builtin_prefetch(&index_[ids[i + kRowsAhead] >> (32 - hash_bits_)]);
      const uint32_t hashed = ids[i] >> (32 - hash_bits_);
      uint32_t& entry = index_[hashed];
      if (entry == 0) {
        hashed_.push_back(hashed);
        entry = static_cast<uint32_t>(hashed_.size());
      }
      rows[e][i] = entry - 1;
    }
  }
  now_.rows.resize(hashed_.size() * 4 * labels_.size());
  squares_.resize(hashed_.size() * (5 * labels_.size() + 1));
  places_.resize(hashed_.size());
  return rows;
}

void Trainer::Shrink(double share, absl::Span<const Item> items) {
  if (items.empty()) return;
  const float factor = static_cast<float>(share);
  const size_t row_size = 4 * labels_.size();
  std::vector<bool> shrunk(hashed_.size());
  for (const Item& item : items) {
    for (const uint32_t row : item.rows) {
      if (shrunk[row]) continue;
      shrunk[row] = true;
      for (size_t i = 0; i < row_size; ++i) {
        if (IsFreeInside(i)) now_.rows[row * row_size + i] *= factor;
      }
    }
  }
  std::vector<float>& outside = now_.transitions.outside;
  for (size_t i = 0; i < outside.size(); ++i) {
    if (IsFreeOutside(i)) outside[i] *= factor;
  }
  std::vector<float>& inside = now_.transitions.inside;
  for (size_t i = 0; i < inside.size(); ++i) {
    if (IsFreeInside(i)) inside[i] *= factor;
  }
  factors_ = TransitionFactors(now_.transitions, 1);
}

void Trainer::Score(const TextFeatures& features, absl::Span<const uint32_t> rows,
                    Scratch& scratch) const {
  const size_t row_size = 4 * labels_.size();
  const size_t n = features.num_tokens();
  scratch.scores.resize(n * row_size);
  std::vector<const float*>& pointers = scratch.pointers;
  for (size_t t = 0; t < n; ++t) {
    pointers.clear();
    for (uint32_t i = features.begins[t]; i < features.begins[t + 1]; ++i) {
      pointers.push_back(&now_.rows[rows[i] * row_size]);
      PrefetchRow(pointers.back(), row_size * sizeof(float));
    }
    SumRows(pointers.data(), pointers.size(), tags_.num_labels(), &scratch.scores[t * row_size]);
  }
}

void Trainer::Update(absl::Span<const Item> items, absl::Span<double> losses) {
  gradients_.resize(std::max(gradients_.size(), items.size()));
  const EntityPressure pressure{pressure_, is_bounded_};
  std::atomic<size_t> next = 0;
  team_.Run([&](size_t member) {
    Scratch& scratch = scratch_[member];
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < items.size();) {
      Score(items[i].example->features, items[i].rows, scratch);
      scratch.calculator.Calculate(*items[i].example, scratch.scores, now_.transitions, factors_,
                                   pressure, gradients_[i]);
      losses[i] = gradients_[i].loss;
    }
  });
  team_.Run([&](size_t member) {
    ForLabels(tags_.num_labels(), [&](auto num_labels) { UpdateRows<num_labels>(items, member); });
    if (member == 0) UpdateTransitions(items);
  });
  if (!is_bounded_.empty()) UpdatePressure(items);
}

// Expected entity ratio (Effland and Collins 2021), of which the upper bound only: lambda * max(0,
// E[C] - share * N) over the last texts, C of whose N tokens are in entities of the bounded labels.
void Trainer::UpdatePressure(absl::Span<const Item> items) {
  constexpr double kMemory = 0.9;  // of the texts of a step, after the next
  num_tokens_ *= kMemory;
  num_in_entities_ *= kMemory;
  for (size_t i = 0; i < items.size(); ++i) {
    if (std::isinf(gradients_[i].loss)) continue;
    num_tokens_ += static_cast<double>(items[i].example->features.num_tokens());
    num_in_entities_ += gradients_[i].num_in_entities;
  }
  pressure_ = num_in_entities_ > options_.max_entity_share * num_tokens_ ? kPressure : 0;
}

template <int kLabels>
void Trainer::UpdateRows(absl::Span<const Item> items, size_t member) {
  using Row = Eigen::Array<float, kLabels == Eigen::Dynamic ? Eigen::Dynamic : 4 * kLabels, 1>;
  const Eigen::Index k = tags_.num_labels();
  const size_t row_size = 4 * labels_.size(), squares_size = 5 * labels_.size() + 1;
  const auto is_own = [member, size = team_.size()](uint32_t row) {
    const uint32_t mixed = row / kRowsPerBlock * 0x9E3779B1u;
    return uint64_t{mixed} * size >> 32 == member;
  };
  std::vector<uint32_t>& rows = scratch_[member].own_rows;
  std::vector<float>& sums = scratch_[member].sums;
  rows.clear();
  sums.clear();
  for (size_t i = 0; i < items.size(); ++i) {
    const std::vector<uint32_t>& begins = items[i].example->features.begins;
    for (size_t j = 0; j < gradients_[i].tokens.size(); ++j) {
      const uint32_t token = gradients_[i].tokens[j];
      const Row gradient = static_cast<float>(items[i].example->weight) *
                           Eigen::Map<const Row>(&gradients_[i].emissions[j * row_size], 4 * k);
      for (uint32_t f = begins[token]; f < begins[token + 1]; ++f) {
        const uint32_t row = items[i].rows[f];
        if (!is_own(row)) continue;
        uint32_t& place = places_[row];
        if (place == 0) {
          rows.push_back(row);
          place = static_cast<uint32_t>(rows.size());
          sums.resize(rows.size() * row_size);
        }
        Eigen::Map<Row>(&sums[(place - 1) * row_size], 4 * k) += gradient;
      }
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kRowsAhead < rows.size()) {
      PrefetchRow(&now_.rows[rows[i + kRowsAhead] * row_size], row_size * sizeof(float));
      PrefetchRow(&squares_[rows[i + kRowsAhead] * squares_size], squares_size * sizeof(float));
    }
    const bool centred = rows[i] * row_size < center_.rows.size();
    ApplyStep<kLabels>(
        {static_cast<float>(options_.learning_rate), static_cast<float>(decay_),
         &sums[i * row_size], centred ? &center_.rows[rows[i] * row_size] : zeros_.data(),
         is_free_.data(), &now_.rows[rows[i] * row_size], &squares_[rows[i] * squares_size]},
        k);
    places_[rows[i]] = 0;
  }
}

bool Trainer::IsFreeOutside(size_t index) const {
  const size_t k = labels_.size(), n = 2 * k + 1;
  const auto is_free = [&](size_t tag) { return tag == 0 || is_free_[(tag - 1) % k] != 0; };
  return is_free(index / n) && is_free(index % n);
}

void Trainer::UpdateTransitions(absl::Span<const Item> items) {
  std::vector<double> outside(now_.transitions.outside.size()),
      inside(now_.transitions.inside.size());
  const auto add = [](double weight, const std::vector<double>& gradient,
                      std::vector<double>& sum) {
    for (size_t i = 0; i < gradient.size(); ++i) sum[i] += weight * gradient[i];
  };
  for (size_t i = 0; i < items.size(); ++i) {
    add(items[i].example->weight, gradients_[i].outside, outside);
    add(items[i].example->weight, gradients_[i].inside, inside);
  }
  const auto update = [&](const std::vector<double>& gradient, const std::vector<float>& center,
                          std::vector<float>& weights, std::vector<float>& squares,
                          const auto& is_free, const auto& set_factor) {
    for (size_t i = 0; i < gradient.size(); ++i) {
      if (std::abs(gradient[i]) < kSmallTransition || !is_free(i)) continue;
      const float g = static_cast<float>(gradient[i] + decay_ * (weights[i] - center[i]));
      weights[i] -= StepOf(static_cast<float>(options_.learning_rate), g, squares[i]);
      set_factor(i, weights[i]);
    }
  };
  update(
      outside, center_.transitions.outside, now_.transitions.outside, transition_squares_.outside,
      [&](size_t i) { return IsFreeOutside(i); },
      [&](size_t i, float w) { factors_.SetOutside(i, w); });
  update(
      inside, center_.transitions.inside, now_.transitions.inside, transition_squares_.inside,
      [&](size_t i) { return IsFreeInside(i); },
      [&](size_t i, float w) { factors_.SetInside(i, w); });
}

void Trainer::AddToMean() {
  const float share = 1.0f / static_cast<float>(++num_means_);
  mean_.rows.resize(now_.rows.size());
  const size_t n = team_.size();
  team_.Run(
      [&](size_t member) { MoveMean(now_.rows, share, member, n, absl::MakeSpan(mean_.rows)); });
  MoveMean(now_.transitions.outside, share, 0, 1, absl::MakeSpan(mean_.transitions.outside));
  MoveMean(now_.transitions.inside, share, 0, 1, absl::MakeSpan(mean_.transitions.inside));
}

absl::StatusOr<std::shared_ptr<const Model>> Trainer::MakeModel() {
  const Weights& weights = num_means_ > 0 ? mean_ : now_;
  const size_t row_size = 4 * labels_.size(), num_rows = hashed_.size();
  // Half of the rows round to zeros, which the model has not. All threads find them, in the order
  // of memory.
  std::vector<uint8_t> is_zero(num_rows);
  team_.Run([&](size_t member) {
    for (size_t row = num_rows * member / team_.size();
         row < num_rows * (member + 1) / team_.size(); ++row) {
      is_zero[row] = absl::c_all_of(
          absl::MakeConstSpan(weights.rows).subspan(row * row_size, row_size), RoundsToZero);
    }
  });
  std::vector<uint32_t> features;
  for (size_t hashed = 0; hashed < index_.size(); ++hashed) {
    if (index_[hashed] != 0 && !is_zero[index_[hashed] - 1])
      features.push_back(static_cast<uint32_t>(hashed));
  }
  const auto row_of = [&](size_t i) { return &weights.rows[(index_[features[i]] - 1) * row_size]; };
  return Model::Make(labels_, hash_bits_, features, weights.transitions, row_of, 1,
                     options_.knowledge);
}

OptimizerState Trainer::MakeOptimizerState(const Model& model) {
  OptimizerState state;
  state.model_digest = model.digest();
  state.num_labels = static_cast<uint32_t>(labels_.size());
  const size_t row_size = 5 * labels_.size() + 1;
  const std::vector<uint32_t> features = model.Features();
  state.rows.resize(features.size() * row_size);
  const auto squares_of = [&](size_t i) { return &squares_[(index_[features[i]] - 1) * row_size]; };
  team_.Run([&](size_t member) {
    const size_t end = features.size() * (member + 1) / team_.size();
    for (size_t i = features.size() * member / team_.size(); i < end; ++i) {
      if (i + kRowsAhead < end) PrefetchRow(squares_of(i + kRowsAhead), row_size * sizeof(float));
      std::transform(squares_of(i), squares_of(i) + row_size, &state.rows[i * row_size],
                     CompressSquares);
    }
  });
  state.outside = transition_squares_.outside;
  state.inside = transition_squares_.inside;
  return state;
}

}  // namespace winnow::ner

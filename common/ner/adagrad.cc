#include "common/ner/adagrad.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "Eigen/Core"
#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/ner/for_labels.h"
#include "common/ner/row_step.h"
#include "common/ner/row_sum.h"
#include "common/ner/widen.h"

namespace winnow::ner {
namespace {

// Nats for each token in an entity beyond the share that there may be.
constexpr double kEntityRatioWeight = 1;
// A transition whose expected number in a text is nearly what it should be is left alone.
constexpr double kSmallTransition = 1e-5;
// Rows next to each other belong to one thread.
constexpr uint32_t kRowsPerBlock = 16;

// mean += (now - mean) * share for part i of n of the values.
void MoveMean(absl::Span<const float> now, float share, size_t i, size_t n,
              absl::Span<float> mean) {
  for (size_t j = now.size() * i / n; j < now.size() * (i + 1) / n; ++j)
    mean[j] += (now[j] - mean[j]) * share;
}

}  // namespace

AdaGrad::AdaGrad(const std::vector<std::string>& labels, const LearnerOptions& options,
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
      entity_bias_(4 * labels.size()),
      team_(std::max<size_t>(1, options.num_threads)),
      scratch_(team_.size()) {
  now_.transitions = mean_.transitions = center_.transitions = Transitions(tags_.num_labels());
  for (size_t label = 0; label < std::min(labels.size(), options.frozen_labels.size()); ++label) {
    is_free_[label] = options.frozen_labels[label] ? 0 : 1;
  }
  if (absl::c_linear_search(options.bounded_labels, true)) {
    is_bounded_.assign(options.bounded_labels.begin(), options.bounded_labels.end());
    is_bounded_.resize(labels.size());
  }
}

absl::StatusOr<std::unique_ptr<AdaGrad>> AdaGrad::Create(const std::vector<std::string>& labels,
                                                         const Parent& parent,
                                                         const LearnerOptions& options,
                                                         int hash_bits) {
  std::unique_ptr<AdaGrad> adagrad(new AdaGrad(labels, options, hash_bits));
  if (parent.model != nullptr) WINNOW_RETURN_IF_ERROR(adagrad->Start(parent));
  adagrad->factors_ = TransitionFactors(adagrad->now_.transitions, 1);
  return adagrad;
}

absl::Status AdaGrad::Start(const Parent& parent) {
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
  StartWeights(model);
  if (parent.optimizer == nullptr || !options_.keep_optimizer_state) return absl::OkStatus();
  return StartSquares(*parent.optimizer, model);
}

void AdaGrad::StartWeights(const Model& model) {
  const size_t k = labels_.size(), parent_k = model.labels().size();
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
  now_.transitions =
      WidenTransitions(model.transitions().outside, model.transitions().inside, parent_k, k);
  center_ = now_;
}

absl::Status AdaGrad::StartSquares(const OptimizerState& optimizer, const Model& model) {
  const size_t k = labels_.size(), parent_k = model.labels().size();
  if (optimizer.model_digest != model.digest() ||
      optimizer.rows.size() != hashed_.size() * (5 * parent_k + 1)) {
    return absl::InvalidArgumentError(
        "the optimiser's state does not belong to the parent's weights");
  }
  std::vector<float> narrow(5 * parent_k + 1);
  for (size_t row = 0; row < hashed_.size(); ++row) {
    const uint8_t* from = &optimizer.rows[row * (5 * parent_k + 1)];
    std::transform(from, from + 5 * parent_k + 1, narrow.begin(), ExpandSquares);
    float* to = &squares_[row * (5 * k + 1)];
    WidenRow(narrow.data(), parent_k, to, k, 5);
    to[5 * k] = narrow[5 * parent_k];
  }
  WidenRow(optimizer.entity_bias.data(), parent_k, entity_bias_.data(), k, 4);
  transition_squares_ = WidenTransitions(optimizer.outside, optimizer.inside, parent_k, k);
  return absl::OkStatus();
}

std::vector<std::vector<uint32_t>> AdaGrad::FindRows(absl::Span<const Example* const> examples) {
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

void AdaGrad::Shrink(double share, absl::Span<const Item> items) {
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

void AdaGrad::RemoveEntityBias() {
  const uint32_t entry = index_[FeatureExtractor::EveryToken() >> (32 - hash_bits_)];
  if (entry == 0 || center_.rows.empty()) return;
  const size_t k = labels_.size(), begin = (entry - 1) * 4 * k;
  for (size_t i = 0; i < 4 * k; ++i) {
    if (!IsFreeInside(i)) continue;
    now_.rows[begin + i] -= entity_bias_[i];
    center_.rows[begin + i] -= entity_bias_[i];
    entity_bias_[i] = 0;
  }
}

void AdaGrad::Score(const TextFeatures& features, absl::Span<const uint32_t> rows,
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

void AdaGrad::Update(absl::Span<const Item> items, absl::Span<double> losses) {
  gradients_.resize(std::max(gradients_.size(), items.size()));
  rate_ = static_cast<float>(options_.learning_rate *
                             (1 - (1 - kCharacterRate) * ShareOfCharacters(items)));
  const ExpectedEntityRatio ratio{entity_ratio_weight_, is_bounded_};
  // Whoever is free takes the next item: texts differ in length, and the order in which gradients
  // are calculated changes none of them.
  std::atomic<size_t> next = 0;
  team_.Run([&](size_t member) {
    Scratch& scratch = scratch_[member];
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < items.size();) {
      Score(items[i].example->features, items[i].rows, scratch);
      scratch.calculator.Calculate(*items[i].example, scratch.scores, now_.transitions, factors_,
                                   ratio, gradients_[i]);
      losses[i] = gradients_[i].loss;
    }
  });
  team_.Run([&](size_t member) {
    ForLabels(tags_.num_labels(), [&](auto num_labels) { UpdateRows<num_labels>(items, member); });
    if (member == 0) UpdateTransitions(items);
  });
  if (!is_bounded_.empty()) UpdateEntityRatio(items);
}

// The upper bound of the expected entity ratio (Effland and Collins 2021): lambda * max(0, E[C] -
// share * N) over the last texts, C of whose N tokens are in entities of the bounded labels.
void AdaGrad::UpdateEntityRatio(absl::Span<const Item> items) {
  constexpr double kMemory = 0.9;  // of the texts of a step, after the next
  num_tokens_ *= kMemory;
  num_in_entities_ *= kMemory;
  for (size_t i = 0; i < items.size(); ++i) {
    if (std::isinf(gradients_[i].loss)) continue;
    num_tokens_ += static_cast<double>(items[i].example->features.num_tokens());
    num_in_entities_ += gradients_[i].num_in_entities;
  }
  entity_ratio_weight_ =
      num_in_entities_ > options_.max_entity_share * num_tokens_ ? kEntityRatioWeight : 0;
}

template <int kLabels>
void AdaGrad::UpdateRows(absl::Span<const Item> items, size_t member) {
  SumGradients<kLabels>(items, member);
  const Eigen::Index k = tags_.num_labels();
  const size_t row_size = 4 * labels_.size(), squares_size = 5 * labels_.size() + 1;
  const std::vector<uint32_t>& rows = scratch_[member].own_rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kRowsAhead < rows.size()) {
      PrefetchRow(&now_.rows[rows[i + kRowsAhead] * row_size], row_size * sizeof(float));
      PrefetchRow(&squares_[rows[i + kRowsAhead] * squares_size], squares_size * sizeof(float));
    }
    const bool centred = rows[i] * row_size < center_.rows.size();
    ApplyStep<kLabels>(
        {rate_, static_cast<float>(decay_), &scratch_[member].sums[i * row_size],
         centred ? &center_.rows[rows[i] * row_size] : zeros_.data(), is_free_.data(),
         &now_.rows[rows[i] * row_size], &squares_[rows[i] * squares_size]},
        k);
    places_[rows[i]] = 0;
  }
}

template <int kLabels>
void AdaGrad::SumGradients(absl::Span<const Item> items, size_t member) {
  using Row = Eigen::Array<float, kLabels == Eigen::Dynamic ? Eigen::Dynamic : 4 * kLabels, 1>;
  const Eigen::Index k = tags_.num_labels();
  const size_t row_size = 4 * labels_.size();
  // Each row belongs to one member, which alone touches it: no locks, and the sum of a row is taken
  // in the order of the items whatever the number of members.
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
}

bool AdaGrad::IsFreeOutside(size_t index) const {
  const size_t k = labels_.size(), n = 2 * k + 1;
  const auto is_free = [&](size_t tag) { return tag == 0 || is_free_[(tag - 1) % k] != 0; };
  return is_free(index / n) && is_free(index % n);
}

void AdaGrad::UpdateTransitions(absl::Span<const Item> items) {
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
      weights[i] -= StepOf(rate_, g, squares[i]);
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

void AdaGrad::AddToMean() {
  const float share = 1.0f / static_cast<float>(++num_means_);
  mean_.rows.resize(now_.rows.size());
  const size_t n = team_.size();
  team_.Run(
      [&](size_t member) { MoveMean(now_.rows, share, member, n, absl::MakeSpan(mean_.rows)); });
  MoveMean(now_.transitions.outside, share, 0, 1, absl::MakeSpan(mean_.transitions.outside));
  MoveMean(now_.transitions.inside, share, 0, 1, absl::MakeSpan(mean_.transitions.inside));
}

void AdaGrad::AddToBag(const AdaGrad& other) {
  const float share = 1.0f / static_cast<float>(++bag_);
  const auto add = [share](const Transitions& now, Transitions& mean) {
    MoveMean(now.outside, share, 0, 1, absl::MakeSpan(mean.outside));
    MoveMean(now.inside, share, 0, 1, absl::MakeSpan(mean.inside));
  };
  MoveMean(other.mean_.rows, share, 0, 1, absl::MakeSpan(mean_.rows));
  MoveMean(other.squares_, share, 0, 1, absl::MakeSpan(squares_));
  add(other.mean_.transitions, mean_.transitions);
  add(other.transition_squares_, transition_squares_);
}

absl::StatusOr<std::shared_ptr<const Model>> AdaGrad::MakeModel() {
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

OptimizerState AdaGrad::MakeOptimizerState(const Model& model) {
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
  state.entity_bias = entity_bias_;
  return state;
}

}  // namespace winnow::ner

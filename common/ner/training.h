// Training: from constrained texts, and a parent model if there is one, to a model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/example.h"
#include "common/ner/knowledge.h"
#include "common/ner/model.h"
#include "common/ner/optimizer_state.h"

namespace winnow::ner {

// Trainings that a model can be the mean of.
inline constexpr int kMaxBag = 16;

struct LearnerOptions {
  uint64_t seed = 1;
  // Passes over the examples, each in another order. The model is the mean of the weights at their
  // ends.
  int epochs = 8;
  // AdaGrad (Duchi, Hazan, Singer 2011): step = learning_rate * g / sqrt(3e-3 + sum of g^2).
  // Where tokens are characters of scripts without spaces (text/scripts.h) it is less, down to 0.4
  // times as much.
  double learning_rate = 0.05;
  // Gradient of the weights touched += l2 * w without a parent; += prior * (w - w_parent) with one.
  // 0 switches it off.
  double l2 = 1e-3;
  double prior = 0.03;
  // The rows of completely annotated examples, and the transitions, start from this share of the
  // parent's weights, and the prior pulls back to all of them: "shrink and perturb" (Ash and Adams
  // 2020). With 1, answers change them hardly.
  double parent_share = 0.5;
  // By label; missing ones are false. The weights of these labels remain the parent's: for labels
  // about which the examples say nothing new, which would only drift.
  std::vector<bool> frozen_labels;
  // By label; missing ones are false. The share of the examples' tokens, in (0, 1), that the model
  // may expect in entities of these labels together stands for what accepts alone leave open: that
  // most tokens are in none. Not for OnlineLearner.
  std::vector<bool> bounded_labels;
  double max_entity_share = 1;
  // Go on with the parent's sums of squared gradients; new rows begin at zero either way.
  bool keep_optimizer_state = true;
  // Begin with the entity bias (calibration.h) that the parent was given, for a training after
  // which it cannot be fitted anew.
  bool keep_entity_bias = false;
  // log2 of the number of hashed features; 0: the parent's, else 20, and 21 above 10,000 examples.
  int hash_bits = 0;
  // Threads of a training; its result does not depend on their number. OnlineLearner has one.
  size_t num_threads = 1;
  // 1 to kMaxBag trainings, which differ in the order of the examples, have the mean of their
  // weights as the model ("bagging", Breiman 1996): scores are sums of weights, so it scores like
  // the mean of all models, at the speed of one. Not for OnlineLearner.
  int bag = 4;
  // Texts about which nothing is known, which must outlive the training: it is then done twice, and
  // the second one learns from them, too, what the model of the first is sure of (self_training.h).
  // Not for OnlineLearner.
  absl::Span<const Example> unlabelled;
  // The features of the examples were made with it. It goes into the model.
  Knowledge knowledge;
};

struct EpochProgress {
  int epoch = 0;  // counted from 1, over all trainings of the bag
  int num_epochs = 0;
  // Mean loss per example in this epoch, in nats, each before its update.
  double loss = 0;
};

// Called after each epoch, by one thread at a time; false cancels the training.
using ProgressCallback = std::function<bool(const EpochProgress&)>;

// The start of a training. Null model: nothing is known. Null optimizer: its memory is empty.
struct Parent {
  const Model* model = nullptr;
  const OptimizerState* optimizer = nullptr;
};

struct TrainingResult {
  // Temperature 1; see calibration.h.
  std::shared_ptr<const Model> model;
  OptimizerState optimizer;
  // Loss of each epoch, the mean of the bag.
  std::vector<double> losses;
  // Indices of examples that were left out because their constraint leaves no path.
  std::vector<size_t> contradictory;
};

// The labels of a training: the parent's in their order, then those of `labels` that are new, in
// theirs.
std::vector<std::string> UnitedLabels(const Model* parent, absl::Span<const std::string> labels);

// Trains. Same input and options give the same bytes. Rows: the features of the examples united
// with the parent's. InvalidArgument: `labels` do not begin with the parent's; the optimiser's
// state is of other weights; no example teaches anything; sizes of an example disagree. Cancelled:
// by `progress`. REQUIRES: 1 <= options.bag <= kMaxBag.
absl::StatusOr<TrainingResult> Train(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress = nullptr);

}  // namespace winnow::ner

// Training: from constrained texts, and a parent model if there is one, to a model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/features.h"
#include "common/ner/lattice.h"
#include "common/ner/model.h"
#include "common/ner/optimizer_state.h"

namespace winnow::ner {

// One text to learn from. Its loss is weight * (log Z - log Z_w), Z_w being the mass that its
// constraint leaves, with the logarithms of factors above 1 added, so that it is never negative;
// the gradient is the difference of the expected features of the free and the constrained lattice.
// It covers complete annotations, accepts, rejects and their mixture; an empty constraint teaches
// nothing.
struct Example {
  TextFeatures features;
  // Tags refer to the labels of the training.
  Constraint constraint;
  double weight = 1;
};

struct LearnerOptions {
  uint64_t seed = 1;
  // Passes over the examples, each in another order. The model is the mean of the weights at their
  // ends.
  int epochs = 8;
  // AdaGrad (Duchi, Hazan, Singer 2011): step = learning_rate * g / sqrt(3e-3 + sum of g^2).
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
  std::vector<bool> fixed_labels;
  // By label; missing ones are false. The share of the examples' tokens, in (0, 1), that the model
  // may expect in entities of these labels together stands for what accepts alone leave open: that
  // most tokens are in none. Not for OnlineLearner.
  std::vector<bool> bounded_labels;
  double max_entity_share = 1;
  // Go on with the parent's sums of squared gradients; new rows begin at zero either way.
  bool keep_optimizer_state = true;
  // log2 of the number of hashed features; 0: the parent's, else 20, and 21 above 10,000 examples.
  int hash_bits = 0;
  // Threads of a training; its result does not depend on their number. Of OnlineLearner always one.
  size_t num_threads = 1;
  // What the features of the examples were made with. Goes into the model.
  Knowledge knowledge;
};

struct EpochProgress {
  int epoch = 0;  // counted from 1
  int num_epochs = 0;
  // Mean loss per example in this epoch, in nats, each before its update.
  double loss = 0;
};

// Called after each epoch; false cancels the training.
using ProgressCallback = std::function<bool(const EpochProgress&)>;

// What to start from. Null model: nothing. Null optimizer: its memory is empty.
struct Parent {
  const Model* model = nullptr;
  const OptimizerState* optimizer = nullptr;
};

struct TrainingResult {
  // Temperature 1; see calibration.h.
  std::shared_ptr<const Model> model;
  OptimizerState optimizer;
  // Loss of each epoch, as reported.
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
// by `progress`.
absl::StatusOr<TrainingResult> Train(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress = nullptr);

class Trainer;

// A model that learns while it is in use: a few examples at a time, each once. Its state is a
// function of where it started and the sequence of steps. Not thread-safe; the snapshots are.
class OnlineLearner {
 public:
  // Starts from all of `parent` (whose model is not null); its labels are those of all examples. Of
  // `options` the seed, the epochs, the parent's share, the hash bits, the threads and the
  // knowledge are not used. InvalidArgument as Train.
  static absl::StatusOr<OnlineLearner> Create(const Parent& parent, const LearnerOptions& options);
  OnlineLearner(OnlineLearner&&) noexcept;
  OnlineLearner& operator=(OnlineLearner&&) noexcept;
  ~OnlineLearner();

  // One update per example, in the given order. Returns the number of those that were left out
  // because their constraint leaves no path. InvalidArgument, and no change, when sizes of an
  // example disagree.
  absl::StatusOr<size_t> Step(absl::Span<const Example* const> examples);

  // The model as it is now, with the parent's temperature and knowledge. Takes about as long as a
  // copy of it. InvalidArgument if the learning diverged (a weight is not finite).
  absl::StatusOr<std::shared_ptr<const Model>> Snapshot();

 private:
  OnlineLearner(std::unique_ptr<Trainer> trainer, std::shared_ptr<const Model> model);

  std::unique_ptr<Trainer> trainer_;
  std::shared_ptr<const Model> model_;  // the last snapshot
  std::vector<uint32_t> touched_;       // hashed features of the examples since, each once
  std::vector<bool> is_touched_;        // by row
};

}  // namespace winnow::ner

// Weights in the making, by AdaGrad (Duchi, Hazan, Singer 2011): Train and OnlineLearner share it.
// Internal to the folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/team.h"
#include "common/base/zeroed_memory.h"
#include "common/ner/gradient.h"
#include "common/ner/model.h"
#include "common/ner/optimizer_state.h"
#include "common/ner/training.h"

namespace winnow::ner {

// Each weight of a row is updated as the sum of one that is its own, one that the four tags of its
// label share, and one that all share ("tied" rows): little data then suffices to learn that a word
// is of an entity at all. Only the sums are stored; AdaGrad's memory is kept for each part. With
// sums w, the penalty lambda/2 * (squares of all parts), for the parts of least squares, has the
// gradient lambda * S^-1 w, where S = I + J_4 (x) I_K + J_4K is the covariance of the sums.
//
// Not thread-safe.
class AdaGrad {
 public:
  static absl::StatusOr<std::unique_ptr<AdaGrad>> Create(const std::vector<std::string>& labels,
                                                         const Parent& parent,
                                                         const LearnerOptions& options,
                                                         int hash_bits);

  // The rows of the features of each example, made where they are missing; in the features' order.
  std::vector<std::vector<uint32_t>> FindRows(absl::Span<const Example* const> examples);

  // An example, and the rows of its features.
  struct Item {
    const Example* example;
    absl::Span<const uint32_t> rows;
  };

  // Multiplies the rows of the features of these examples, and the transitions, by `share`. Nothing
  // without examples. Frozen labels are left alone.
  void Shrink(double share, absl::Span<const Item> items);

  // Takes off what a calibration has added to the parent's scores of labels that are not frozen.
  void RemoveEntityBias();

  // One gradient step on the sum of the losses of a few items. Their gradients are calculated, and
  // the rows updated, by all threads at once; the result does not depend on the number of threads.
  // losses[i] is the loss of an item before the step; infinity, and no part in it, for a constraint
  // that leaves no path. REQUIRES: CheckExample is OK for all; losses has the size of items.
  void Update(absl::Span<const Item> items, absl::Span<double> losses);

  // Takes the weights as they are into the mean, in which all calls have equal shares.
  void AddToMean();

  // Takes the mean of another training, and its memory, into this one's; all that were taken have
  // equal shares. REQUIRES: both began with the same parent, and FindRows was called for the same
  // examples; AddToMean was called for both.
  void AddToBag(const AdaGrad& other);

  // The mean if AddToMean was called, else the weights as they are.
  absl::StatusOr<std::shared_ptr<const Model>> MakeModel();
  // `model` is what MakeModel gave.
  OptimizerState MakeOptimizerState(const Model& model);

  // The weights as they are. REQUIRES: FindRows was called for the feature.
  const float* Row(uint32_t hashed) const {
    return &now_.rows[(index_[hashed] - 1) * 4 * labels_.size()];
  }
  const Transitions& transitions() const { return now_.transitions; }

 private:
  struct Weights {
    ZeroedVector<float> rows;  // [num_rows][4K]
    Transitions transitions;
  };

  AdaGrad(const std::vector<std::string>& labels, const LearnerOptions& options, int hash_bits);
  absl::Status Start(const Parent& parent);
  void StartWeights(const Model& model);
  absl::Status StartSquares(const OptimizerState& optimizer, const Model& model);

  struct Scratch {
    GradientCalculator calculator;
    std::vector<float> scores;
    std::vector<const float*> pointers;
    std::vector<uint32_t> own_rows;
    std::vector<float> sums;  // of the gradients, [own_rows][4K]
  };

  void Score(const TextFeatures& features, absl::Span<const uint32_t> rows, Scratch& scratch) const;
  // Updates the rows that belong to a member of the team, from the sums of their gradients.
  template <int kLabels>
  void UpdateRows(absl::Span<const Item> items, size_t member);
  template <int kLabels>
  void SumGradients(absl::Span<const Item> items, size_t member);
  void UpdateTransitions(absl::Span<const Item> items);
  void UpdateEntityRatio(absl::Span<const Item> items);
  // Neither of its labels is frozen. Indices as in Transitions.
  bool IsFreeOutside(size_t index) const;
  bool IsFreeInside(size_t index) const { return is_free_[index % labels_.size()] != 0; }

  std::vector<std::string> labels_;
  TagSet tags_;
  LearnerOptions options_;
  int hash_bits_;
  double decay_;                  // lambda
  float rate_ = 0;                // of the last step
  ZeroedVector<uint32_t> index_;  // [2^hash_bits]: row + 1, or 0
  std::vector<uint32_t> hashed_;  // of each row
  Weights now_, mean_,
      center_;  // center_: the parent's, for the first rows; others are centred on 0
  int num_means_ = 0;
  int bag_ = 1;                  // trainings in the mean
  ZeroedVector<float> squares_;  // [num_rows][5K + 1]
  Transitions transition_squares_;
  TransitionFactors factors_;
  const std::vector<float> zeros_;  // [4K]: the centre of rows that the parent has not
  std::vector<float> is_free_;      // [K]: 0 for frozen labels, 1 for others

  ZeroedVector<uint32_t> places_;  // of each row: 1 + its place in own_rows, or 0

  std::vector<float> entity_bias_;  // [4K]: in the weights as they are

  std::vector<uint8_t> is_bounded_;  // [K], or empty: no label is
  // Both numbers speak of the last texts; the weight is the derivative of the loss by the number of
  // tokens in entities.
  double num_tokens_ = 0, num_in_entities_ = 0, entity_ratio_weight_ = 0;

  Team team_;
  std::vector<Scratch> scratch_;  // of each member
  std::vector<Gradient> gradients_;
};

}  // namespace winnow::ner

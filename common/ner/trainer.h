// Weights in the making: what Train and OnlineLearner have in common. Internal to the folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/lattice.h"
#include "common/ner/learner.h"
#include "common/ner/model.h"
#include "common/ner/optimizer_state.h"

namespace winnow::ner {

// Each weight of a row is updated as the sum of one that is its own, one that the four tags of its label share, and one
// that all share ("tied" rows): little data then suffices to learn that a word is of an entity at all. Only the sums are
// stored; AdaGrad's memory is kept for each part.
// With sums w, the penalty lambda/2 * (squares of all parts), for the parts of least squares, has the gradient
// lambda * S^-1 w, where S = I + J_4 (x) I_K + J_4K is the covariance of the sums.
//
// Not thread-safe.
class Trainer {
 public:
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(const std::vector<std::string>& labels, const Parent& parent,
                                                         const LearnerOptions& options, int hash_bits);

  // OK if the sizes in the example agree with each other and with the labels.
  absl::Status Check(const Example& example) const;

  // The rows of the features, made where they are missing; in the features' order.
  void FindRows(const TextFeatures& features, std::vector<uint32_t>& rows);

  // One gradient step on one example whose features have these rows. Returns its loss before the step; infinity, and no
  // step, for a constraint that leaves no path.
  // REQUIRES: Check is OK.
  double Update(const Example& example, absl::Span<const uint32_t> rows);

  // Takes the weights as they are into the mean, in which all calls have equal shares.
  void AddToMean();

  // The mean if AddToMean was called, else the weights as they are.
  absl::StatusOr<std::shared_ptr<const Model>> MakeModel(double temperature) const;
  OptimizerState MakeOptimizerState(const Model& model) const;

 private:
  struct Weights {
    std::vector<float> rows;  // [num_rows][4K]
    Transitions transitions;
  };

  Trainer(const std::vector<std::string>& labels, const LearnerOptions& options, int hash_bits);
  absl::Status Start(const Parent& parent);
  uint32_t RowOf(uint32_t hashed);
  std::vector<uint32_t> SortedFeatures() const;
  void Score(const Example& example, absl::Span<const uint32_t> rows);
  double Loss(const Example& example);
  void ResidualAt(const Example& example, size_t token);
  void UpdateRow(uint32_t row);
  void UpdateTransitions(const Example& example);

  std::vector<std::string> labels_;
  TagSet tags_;
  LearnerOptions options_;
  int hash_bits_;
  double decay_;                  // lambda
  std::vector<uint32_t> index_;   // [2^hash_bits]: row + 1, or 0
  std::vector<uint32_t> hashed_;  // of each row
  Weights now_, mean_, center_;   // center_: the parent's, for the first rows; others are centred on 0
  int num_means_ = 0;
  std::vector<float> squares_;    // [num_rows][5K + 1]
  Transitions transition_squares_;
  TransitionFactors factors_;
  const std::vector<float> zeros_;  // [4K]: the centre of rows that the parent has not

  // Scratch.
  std::vector<float> scores_;
  Lattice free_, constrained_;
  std::vector<const float*> pointers_;
  std::vector<double> residual_, other_;
  std::vector<float> gradient_;  // of one token: of the scores of the tags but O
  std::vector<bool> moved_;      // the tokens whose residual is not small
  std::vector<double> outside_, inside_;
};

}  // namespace winnow::ner

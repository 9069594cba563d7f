// Making probabilities mean what they say, and predictions of them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/ner/example.h"
#include "common/ner/lattice.h"
#include "common/ner/model.h"
#include "common/ner/training.h"

namespace winnow::ner {

// What makes probabilities of scores, and predictions of probabilities.
struct Calibration {
  double temperature = 1;
  // Added to the scores of all tags of taught labels: training leaves quiet tokens alone
  // (gradient.h), and answers are about texts that a model was in doubt of, so that what a model
  // expects of texts in general is off.
  double entity_bias = 0;
  // Added to those of them that begin a span, which decides how many spans there are, while the
  // other decides how long they are.
  double begin_bias = 0;
  // By label of the training.
  std::vector<double> thresholds;
};

// Makes it the calibration of what was trained; `taught` by label, missing ones are true. The
// biases go into the row of the feature that every token has, in units of its weights, and on
// record in the optimiser's state. InvalidArgument for one that is not finite.
absl::Status Calibrate(const Calibration& calibration, const std::vector<bool>& taught,
                       TrainingResult& trained);

// Texts with what is known of them, and what models that were not trained on them say: a model is
// too sure of what it has learnt. A value.
class HeldOutTexts {
 public:
  // The weights v of the examples are scaled to sum to `count` times n_eff = (sum w)^2 / sum w^2,
  // so that few large ones do not swamp the prior. Contradictory and empty examples are left out.
  // Keeps the constraints' contents.
  void Add(std::shared_ptr<const Model> model, absl::Span<const Example> examples,
           double count = 1);
  void Append(const HeldOutTexts& others) {
    texts_.insert(texts_.end(), others.texts_.begin(), others.texts_.end());
  }
  size_t size() const { return texts_.size(); }

 private:
  friend class CalibrationLoss;
  friend double FitThreshold(const HeldOutTexts&, const Calibration&, const std::vector<bool>&);

  struct Text {
    std::shared_ptr<const Model> model;
    std::vector<float> scores;
    size_t num_tokens;
    Constraint constraint;
    double weight;
    // A completely annotated text has these spans, right or not; ascending.
    std::vector<std::pair<TokenSpan, bool>> spans;
  };
  std::vector<Text> texts_;
};

// What is fitted beside the temperature.
enum class FittedBias { kNone, kEntity, kEntityAndBegin };

// Temperature T, entity bias b and begin bias s that minimise the held-out loss
//   sum_i v_i L_i(T, b, s) + (log T)^2 / (2 * 0.15^2) + b^2 / (2 * 1^2) + s^2 / (2 * 0.3^2)
// by one after the other. L is of the probabilities of spans, since these are shown: of a
// completely annotated text, the sum of -log p over its spans and of -log(1 - p) over all others,
// which is taken as p below stats::kMinAskedProbability at T = 1 and b = s = 0; otherwise log Z -
// log Z_w, which for a yes or a no is the same of its span. T = 1 and b = s = 0 for no texts.
// Thresholds are left empty.
Calibration FitScores(const HeldOutTexts& texts, const std::vector<bool>& taught, FittedBias bias);

// That of threshold.h for these texts, by the calibrated probabilities; the default for no texts.
// What is known of the texts is not used.
double FitThreshold(const HeldOutTexts& texts, const Calibration& scores,
                    const std::vector<bool>& taught);

}  // namespace winnow::ner

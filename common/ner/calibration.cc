#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/base/status.h"
#include "common/ner/candidates.h"
#include "common/ner/features.h"
#include "common/ner/threshold.h"
#include "common/stats/asking.h"

namespace winnow::ner {
namespace {

constexpr double kTemperatureDeviation = 0.15;  // of log T
constexpr double kEntityBiasDeviation = 1;
constexpr double kBeginBiasDeviation = 0.3;
constexpr double kMaxTemperature = 20;
constexpr double kMaxBias = 4;
constexpr double kTolerance = 1e-3;

// [4K]: what is added to the scores of a token; tags come by kind, B and S first (tags.h).
std::vector<float> BiasOfTags(const Calibration& scores, size_t num_labels,
                              const std::vector<bool>& taught) {
  std::vector<float> biases(4 * num_labels);
  for (size_t i = 0; i < biases.size(); ++i) {
    if (!IsTaught(taught, i % num_labels)) continue;
    const bool begins = i < 2 * num_labels;
    biases[i] = static_cast<float>(scores.entity_bias + (begins ? scores.begin_bias : 0));
  }
  return biases;
}

void AddBias(absl::Span<const float> biases, std::vector<float>& scores) {
  for (size_t i = 0; i < scores.size(); ++i) scores[i] += biases[i % biases.size()];
}

// Golden-section search (Kiefer 1953).
template <typename Function>
double Minimise(double low, double high, const Function& function) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double left = high - ratio * (high - low), right = low + ratio * (high - low);
  double at_left = function(left), at_right = function(right);
  while (high - low > kTolerance) {
    if (at_left <= at_right) {
      high = std::exchange(right, std::exchange(left, right - ratio * (right - low)));
      at_right = std::exchange(at_left, function(left));
    } else {
      low = std::exchange(left, std::exchange(right, left + ratio * (high - left)));
      at_left = std::exchange(at_right, function(right));
    }
  }
  return (low + high) / 2;
}

// Factors of the models of texts, which come in runs of one model.
class Factors {
 public:
  explicit Factors(double temperature) : temperature_(temperature) {}
  const TransitionFactors& Of(const Model& model) {
    if (model_ != &model) factors_ = TransitionFactors(model.transitions(), temperature_);
    model_ = &model;
    return factors_;
  }

 private:
  const double temperature_;
  const Model* model_ = nullptr;
  TransitionFactors factors_;
};

}  // namespace

class CalibrationLoss {
 public:
  // REQUIRES: there are texts.
  CalibrationLoss(const HeldOutTexts& texts, const std::vector<bool>& taught)
      : texts_(texts.texts_), taught_(taught) {}

  double operator()(const Calibration& candidate) {
    const auto square = [](double x) { return x * x; };
    double total = square(std::log(candidate.temperature) / kTemperatureDeviation) / 2 +
                   square(candidate.entity_bias / kEntityBiasDeviation) / 2 +
                   square(candidate.begin_bias / kBeginBiasDeviation) / 2;
    const std::vector<float> biases =
        BiasOfTags(candidate, texts_[0].model->labels().size(), taught_);
    Factors factors(candidate.temperature);
    for (const HeldOutTexts::Text& text : texts_) {
      scores_ = text.scores;
      AddBias(biases, scores_);
      total += text.weight * Loss(text, factors.Of(*text.model));
    }
    return total;
  }

 private:
  double Loss(const HeldOutTexts::Text& text, const TransitionFactors& factors) {
    // Far from where any probability of interest lies.
    constexpr double kSmallest = 1e-9;
    if (!lattice_.Forward(scores_, text.num_tokens, factors)) return INFINITY;
    if (text.constraint.path.empty()) {
      const double log_z = lattice_.log_z();
      if (!lattice_.Forward(scores_, text.num_tokens, factors, &text.constraint)) return INFINITY;
      return log_z - lattice_.log_z();
    }
    lattice_.Backward();
    double loss = 0, listed = 0;
    for (const auto& [span, is_right] : text.spans) {
      const double p = lattice_.SpanProbability(span);
      loss -= std::log(std::max(kSmallest, is_right ? p : 1 - p));
      listed += p;
    }
    return loss + std::max(0.0, ExpectedSpans(lattice_, {}, marginals_) - listed);
  }

  const std::vector<HeldOutTexts::Text>& texts_;
  const std::vector<bool>& taught_;
  std::vector<float> scores_;
  Lattice lattice_;
  std::vector<double> marginals_;
};

void HeldOutTexts::Add(std::shared_ptr<const Model> model, absl::Span<const Example> examples,
                       double count) {
  const size_t first = texts_.size();
  const TransitionFactors factors(model->transitions(), 1);
  Lattice lattice;
  std::vector<Candidate> candidates;
  for (const Example& example : examples) {
    if (!example.teaches()) continue;
    Text text{model, {}, example.features.num_tokens(), example.constraint, example.weight, {}};
    model->Score(example.features, text.scores);
    if (!lattice.Forward(text.scores, text.num_tokens, factors)) continue;
    if (example.is_complete()) {
      lattice.Backward();
      const std::vector<TokenSpan> right = SpansOfTags(example.constraint.path, model->tags());
      for (const TokenSpan& span : right) text.spans.emplace_back(span, true);
      FindCandidates(lattice, stats::kMinAskedProbability, candidates);
      for (const Candidate& candidate : candidates) {
        if (!std::binary_search(right.begin(), right.end(), candidate.span))
          text.spans.emplace_back(candidate.span, false);
      }
      std::sort(text.spans.begin(), text.spans.end());
    } else if (!lattice.Forward(text.scores, text.num_tokens, factors, &example.constraint)) {
      continue;
    }
    texts_.push_back(std::move(text));
  }
  double sum = 0, sum_of_squares = 0;
  for (size_t i = first; i < texts_.size(); ++i) {
    sum += texts_[i].weight;
    sum_of_squares += texts_[i].weight * texts_[i].weight;
  }
  for (size_t i = first; i < texts_.size(); ++i) texts_[i].weight *= count * sum / sum_of_squares;
}

Calibration FitScores(const HeldOutTexts& texts, const std::vector<bool>& taught, FittedBias bias) {
  Calibration best;
  if (texts.size() == 0) return best;
  CalibrationLoss loss(texts, taught);
  // One at a time comes close soon, and the steps become smaller.
  const int rounds = bias == FittedBias::kNone ? 1 : 4;
  double scale = 1;
  const auto fit = [&](double bound, const auto& move) {
    const double moved = Minimise(-scale * bound, scale * bound, [&](double by) {
      Calibration candidate = best;
      move(candidate, by);
      return loss(candidate);
    });
    move(best, moved);
  };
  for (int round = 0; round < rounds; ++round, scale /= 2) {
    if (bias != FittedBias::kNone)
      fit(kMaxBias, [](Calibration& c, double by) { c.entity_bias += by; });
    if (bias == FittedBias::kEntityAndBegin)
      fit(kMaxBias, [](Calibration& c, double by) { c.begin_bias += by; });
    fit(std::log(kMaxTemperature),
        [](Calibration& c, double by) { c.temperature *= std::exp(by); });
  }
  return best;
}

double FitThreshold(const HeldOutTexts& texts, const Calibration& scores,
                    const std::vector<bool>& taught) {
  if (texts.texts_.empty()) return kDefaultThreshold;
  const std::vector<float> biases =
      BiasOfTags(scores, texts.texts_[0].model->labels().size(), taught);
  // Texts come in runs of one model.
  std::deque<TransitionFactors> factors;
  const Model* model = nullptr;
  std::vector<ScoredText> biased;
  for (const HeldOutTexts::Text& text : texts.texts_) {
    if (text.model.get() != model) {
      model = text.model.get();
      factors.emplace_back(model->transitions(), scores.temperature);
    }
    biased.push_back({text.scores, text.num_tokens, &factors.back()});
    AddBias(biases, biased.back().scores);
  }
  return FitThreshold(biased, taught);
}

absl::Status Calibrate(const Calibration& calibration, const std::vector<bool>& taught,
                       TrainingResult& trained) {
  trained.model = trained.model->WithTemperature(calibration.temperature)
                      ->WithThresholds(calibration.thresholds);
  const Model& model = *trained.model;
  const uint32_t feature = FeatureExtractor::EveryToken() >> (32 - model.hash_bits());
  const int8_t* units = model.Row(feature);
  std::vector<float> biases = BiasOfTags(calibration, model.labels().size(), taught);
  for (float& bias : biases) bias = std::rint(bias / kWeightUnit) * kWeightUnit;
  // A model without that row has learnt next to nothing.
  if (units == nullptr || absl::c_all_of(biases, [](float bias) { return bias == 0; }))
    return absl::OkStatus();
  std::vector<float> row(biases.size());
  for (size_t i = 0; i < row.size(); ++i) row[i] = kWeightUnit * units[i] + biases[i];
  WINNOW_ASSIGN_OR_RETURN(trained.model, model.WithRows({feature}, model.transitions(),
                                                        [&](size_t) { return row.data(); }));
  trained.optimizer.model_digest = trained.model->digest();
  for (size_t i = 0; i < biases.size(); ++i) trained.optimizer.entity_bias[i] += biases[i];
  return absl::OkStatus();
}

}  // namespace winnow::ner

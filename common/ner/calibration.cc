#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "common/base/status.h"
#include "common/ner/candidates.h"
#include "common/ner/features.h"
#include "common/ner/threshold.h"
#include "common/stats/asking.h"

namespace winnow::ner {
namespace {

constexpr double kTemperatureDeviation = 0.15;  // of log T
constexpr double kBiasDeviation = 1;
constexpr double kMaxTemperature = 20;
constexpr double kMaxBias = 4;
constexpr double kTolerance = 1e-3;

bool IsTaught(const std::vector<bool>& taught, size_t label) {
  return label >= taught.size() || taught[label];
}

// [4K]: 1 for the tags of taught labels.
std::vector<float> TagsOfTaught(size_t num_labels, const std::vector<bool>& taught) {
  std::vector<float> tags(4 * num_labels);
  for (size_t i = 0; i < tags.size(); ++i) tags[i] = IsTaught(taught, i % num_labels);
  return tags;
}

void AddBias(double bias, absl::Span<const float> tags, std::vector<float>& scores) {
  const float b = static_cast<float>(bias);
  for (size_t i = 0; i < scores.size(); ++i) scores[i] += b * tags[i % tags.size()];
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
  CalibrationLoss(const HeldOutTexts& texts, const std::vector<bool>& taught)
      : texts_(texts.texts_) {
    if (texts_.empty()) return;
    taught_tags_ = TagsOfTaught(texts_[0].model->labels().size(), taught);
    double sum = 0, sum_of_squares = 0;
    for (const HeldOutTexts::Text& text : texts_) {
      sum += text.weight;
      sum_of_squares += text.weight * text.weight;
    }
    scale_ = sum / sum_of_squares;
  }

  double operator()(double log_temperature, double bias) {
    const auto square = [](double x) { return x * x; };
    double total =
        square(log_temperature / kTemperatureDeviation) / 2 + square(bias / kBiasDeviation) / 2;
    Factors factors(std::exp(log_temperature));
    for (const HeldOutTexts::Text& text : texts_) {
      scores_ = text.scores;
      AddBias(bias, taught_tags_, scores_);
      total += scale_ * text.weight * Loss(text, factors.Of(*text.model));
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
  std::vector<float> taught_tags_, scores_;
  double scale_ = 1;
  Lattice lattice_;
  std::vector<double> marginals_;
};

void HeldOutTexts::Add(std::shared_ptr<const Model> model, absl::Span<const Example> examples) {
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
}

Calibration FitScores(const HeldOutTexts& texts, const std::vector<bool>& taught, bool with_bias) {
  Calibration calibration;
  if (texts.size() == 0) return calibration;
  CalibrationLoss loss(texts, taught);
  const double bound = std::log(kMaxTemperature);
  // By one at a time, which comes close soon.
  const int rounds = with_bias ? 4 : 1;
  double log_temperature = 0;
  for (int round = 0; round < rounds; ++round) {
    if (with_bias) {
      calibration.entity_bias =
          Minimise(-kMaxBias, kMaxBias, [&](double bias) { return loss(log_temperature, bias); });
    }
    log_temperature = Minimise(
        -bound, bound, [&](double candidate) { return loss(candidate, calibration.entity_bias); });
  }
  calibration.temperature = std::exp(log_temperature);
  return calibration;
}

double FitThreshold(const HeldOutTexts& texts, const Calibration& scores,
                    const std::vector<bool>& taught) {
  if (texts.texts_.empty()) return kDefaultThreshold;
  const std::vector<float> tags = TagsOfTaught(texts.texts_[0].model->labels().size(), taught);
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
    AddBias(scores.entity_bias, tags, biased.back().scores);
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
  const float bias =
      std::rint(static_cast<float>(calibration.entity_bias) / kWeightUnit) * kWeightUnit;
  // A model without that row has learnt next to nothing.
  if (units == nullptr || bias == 0) return absl::OkStatus();
  const size_t num_labels = model.labels().size();
  std::vector<float> row(4 * num_labels);
  for (size_t i = 0; i < row.size(); ++i)
    row[i] = kWeightUnit * units[i] + (IsTaught(taught, i % num_labels) ? bias : 0);
  WINNOW_ASSIGN_OR_RETURN(trained.model, model.WithRows({feature}, model.transitions(),
                                                        [&](size_t) { return row.data(); }));
  trained.optimizer.model_digest = trained.model->digest();
  for (size_t label = 0; label < num_labels; ++label) {
    if (IsTaught(taught, label)) trained.optimizer.entity_bias[label] += bias;
  }
  return absl::OkStatus();
}

}  // namespace winnow::ner

#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/random.h"
#include "common/base/status.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice.h"
#include "common/stats/asking.h"

namespace winnow::ner {
namespace {

constexpr double kPriorDeviation = 0.3;
constexpr double kMaxTemperature = 20;
constexpr double kTolerance = 1e-3;
constexpr size_t kNumBins = 10;

struct HeldOut {
  std::vector<float> scores;
  size_t num_tokens;
  const Constraint* constraint;
  double weight;
  // A completely annotated text has these spans, right or not.
  std::vector<std::pair<TokenSpan, bool>> spans;
};

class Objective {
 public:
  Objective(const Model& model, absl::Span<const Example> examples) : model_(model) {
    const TransitionFactors factors(model.transitions(), 1);
    for (const Example& example : examples) {
      if (example.constraint.empty() || example.weight <= 0) continue;
      HeldOut text{{}, example.features.num_tokens(), &example.constraint, example.weight, {}};
      model.Score(example.features, text.scores);
      if (!example.constraint.path.empty()) FindSpans(factors, text);
      if (std::isfinite(Loss(text, factors))) texts_.push_back(std::move(text));
    }

    // Few large weights must not swamp the prior: they are scaled to sum to n_eff.
    double sum = 0, sum_of_squares = 0;
    for (const HeldOut& text : texts_) {
      sum += text.weight;
      sum_of_squares += text.weight * text.weight;
    }
    for (HeldOut& text : texts_) text.weight *= sum / sum_of_squares;
  }

  bool empty() const { return texts_.empty(); }

  double operator()(double log_temperature) {
    const TransitionFactors factors(model_.transitions(), std::exp(log_temperature));
    double total = log_temperature * log_temperature / (2 * kPriorDeviation * kPriorDeviation);
    for (const HeldOut& text : texts_) total += text.weight * Loss(text, factors);
    return total;
  }

 private:
  void FindSpans(const TransitionFactors& factors, HeldOut& text) {
    if (!lattice_.Forward(text.scores, text.num_tokens, factors)) return;
    lattice_.Backward();
    const std::vector<TokenSpan> right = SpansOfTags(text.constraint->path, model_.tags());
    std::vector<Candidate> candidates;
    FindCandidates(lattice_, stats::kMinAskedProbability, candidates);
    for (const Candidate& candidate : candidates) {
      text.spans.emplace_back(candidate.span,
                              std::binary_search(right.begin(), right.end(), candidate.span));
    }
  }

  double Loss(const HeldOut& text, const TransitionFactors& factors) {
    // Far from where any probability of interest lies.
    constexpr double kSmallest = 1e-9;
    if (!lattice_.Forward(text.scores, text.num_tokens, factors)) return INFINITY;
    if (text.constraint->path.empty()) {
      const double log_z = lattice_.log_z();
      if (!lattice_.Forward(text.scores, text.num_tokens, factors, text.constraint))
        return INFINITY;
      return log_z - lattice_.log_z();
    }
    lattice_.Backward();
    double loss = 0;
    for (const auto& [span, is_right] : text.spans) {
      const double p = lattice_.SpanProbability(span);
      loss -= std::log(std::max(kSmallest, is_right ? p : 1 - p));
    }
    return loss;
  }

  const Model& model_;
  std::vector<HeldOut> texts_;
  Lattice lattice_;
};

// Golden-section search (Kiefer 1953).
template <typename Function>
double Minimise(double low, double high, Function& function) {
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

ReliabilityBin MakeBin(absl::Span<const Outcome> outcomes) {
  ReliabilityBin bin;
  bin.count = outcomes.size();
  for (const Outcome& outcome : outcomes) {
    bin.weight += outcome.weight;
    bin.probability += outcome.weight * outcome.probability;
    bin.frequency += outcome.weight * outcome.happened;
  }
  if (bin.weight > 0) {
    bin.probability /= bin.weight;
    bin.frequency /= bin.weight;
  }
  return bin;
}

}  // namespace

double FitTemperature(const Model& model, absl::Span<const Example> examples) {
  Objective objective(model, examples);
  if (objective.empty()) return 1;
  const double bound = std::log(kMaxTemperature);
  return std::exp(Minimise(-bound, bound, objective));
}

double FitThreshold(const Model& model, absl::Span<const Example> examples) {
  constexpr int kIterations = 6;
  Lattice lattice;
  Decoder decoder;
  std::vector<std::vector<float>> scores(examples.size());
  std::vector<double> marginals(static_cast<size_t>(model.tags().num_tags()));
  // A span begins with S or B.
  double num_expected = 0;
  for (size_t i = 0; i < examples.size(); ++i) {
    const size_t n = examples[i].features.num_tokens();
    model.Score(examples[i].features, scores[i]);
    if (!lattice.Forward(scores[i], n, model.transition_factors())) continue;
    lattice.Backward();
    for (size_t t = 0; t < n; ++t) {
      lattice.Marginals(t, marginals.data());
      for (int tag = model.tags().Single(0); tag < model.tags().Inside(0); ++tag) {
        num_expected += marginals[static_cast<size_t>(tag)];
      }
    }
  }

  // Dinkelbach: with the threshold at half of the F1 that it reached, the next F1 is never lower,
  // and a few rounds reach the fixed point.
  double threshold = kDefaultThreshold;
  for (int iteration = 0; iteration < kIterations && num_expected > 0; ++iteration) {
    const std::vector<double> thresholds(model.labels().size(), threshold);
    double num_predicted = 0, num_right = 0;
    std::vector<Candidate> spans;
    for (size_t i = 0; i < examples.size(); ++i) {
      decoder.Decode(scores[i], examples[i].features.num_tokens(), model.transition_factors(),
                     thresholds, spans);
      for (const Candidate& span : spans) num_right += span.probability;
      num_predicted += static_cast<double>(spans.size());
    }
    // This is half of F1 = 2 right / (predicted + expected).
    threshold = std::clamp(num_right / (num_predicted + num_expected), 0.1, 0.5);
  }
  return threshold;
}

absl::StatusOr<Calibration> CrossFit(absl::Span<const std::string> labels,
                                     absl::Span<const Example> examples,
                                     absl::FunctionRef<bool(size_t)> is_aside, const Parent& parent,
                                     const LearnerOptions& options,
                                     const ProgressCallback& progress) {
  constexpr size_t kMinAside = 20;
  std::vector<Example> seen, aside;
  for (size_t i = 0; i < examples.size(); ++i) (is_aside(i) ? aside : seen).push_back(examples[i]);
  Calibration calibration;
  if (parent.model != nullptr) {
    calibration.temperature = parent.model->temperature();
    calibration.thresholds = parent.model->thresholds();
  }
  calibration.thresholds.resize(labels.size(), kDefaultThreshold);
  if (aside.size() < kMinAside || seen.empty()) return calibration;

  // A model is too sure of texts that it was trained on, hence a second training without them.
  WINNOW_ASSIGN_OR_RETURN(const TrainingResult partial,
                          Train(labels, seen, parent, options, progress));
  calibration.temperature = FitTemperature(*partial.model, aside);
  const double threshold =
      FitThreshold(*partial.model->WithTemperature(calibration.temperature), aside);
  for (size_t label = 0; label < labels.size(); ++label) {
    const bool is_frozen = label < options.frozen_labels.size() && options.frozen_labels[label];
    if (!is_frozen) calibration.thresholds[label] = threshold;
  }
  return calibration;
}

Reliability MeasureReliability(std::vector<Outcome> outcomes) {
  Reliability reliability;
  std::stable_sort(outcomes.begin(), outcomes.end(), [](const Outcome& a, const Outcome& b) {
    return a.probability < b.probability;
  });
  const absl::Span<const Outcome> all(outcomes);
  for (size_t bin = 0, begin = 0; bin < kNumBins; ++bin) {
    size_t end = std::max(begin, outcomes.size() * (bin + 1) / kNumBins);
    // Equal probabilities share a bin, or their order would decide on the figure.
    while (end > 0 && end < outcomes.size() &&
           outcomes[end].probability == outcomes[end - 1].probability)
      ++end;
    if (end > begin) reliability.bins.push_back(MakeBin(all.subspan(begin, end - begin)));
    begin = end;
  }
  double weight = 0;
  for (const ReliabilityBin& bin : reliability.bins) {
    weight += bin.weight;
    reliability.ece += bin.weight * std::abs(bin.probability - bin.frequency);
  }
  for (const Outcome& outcome : outcomes) {
    const double error = outcome.probability - outcome.happened;
    reliability.brier += outcome.weight * error * error;
  }
  if (weight > 0) {
    reliability.ece /= weight;
    reliability.brier /= weight;
  }
  return reliability;
}

double PerfectEce(std::vector<Outcome> outcomes, uint64_t seed) {
  constexpr size_t kDraws = 200;
  Random random(seed);
  std::vector<double> eces(kDraws);
  for (double& ece : eces) {
    for (Outcome& outcome : outcomes) outcome.happened = random.Uniform() < outcome.probability;
    ece = MeasureReliability(outcomes).ece;
  }
  // The 90th percentile.
  const auto at = eces.begin() + kDraws * 9 / 10;
  std::nth_element(eces.begin(), at, eces.end());
  return *at;
}

}  // namespace winnow::ner

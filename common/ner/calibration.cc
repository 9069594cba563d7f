#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/random.h"
#include "common/ner/lattice.h"

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
};

class Objective {
 public:
  Objective(const Model& model, absl::Span<const Example> examples) : model_(model) {
    for (const Example& example : examples) {
      const size_t n = example.features.num_tokens();
      if (example.constraint.empty() || example.weight <= 0) continue;
      HeldOut text{{}, n, &example.constraint, example.weight};
      model.Score(example.features, text.scores);
      if (std::isfinite(Loss(text, TransitionFactors(model.transitions(), 1), 1))) texts_.push_back(std::move(text));
    }
    double sum = 0, sum_of_squares = 0;
    for (const HeldOut& text : texts_) {
      sum += text.weight;
      sum_of_squares += text.weight * text.weight;
    }
    // n_eff / sum of weights.
    for (HeldOut& text : texts_) text.weight *= sum / sum_of_squares;
  }

  bool empty() const { return texts_.empty(); }

  double operator()(double log_temperature) {
    const double temperature = std::exp(log_temperature);
    const TransitionFactors factors(model_.transitions(), temperature);
    double total = log_temperature * log_temperature / (2 * kPriorDeviation * kPriorDeviation);
    for (const HeldOut& text : texts_) total += text.weight * Loss(text, factors, temperature);
    return total;
  }

 private:
  double Loss(const HeldOut& text, const TransitionFactors& factors, double temperature) {
    if (!lattice_.Forward(text.scores, text.num_tokens, factors)) return INFINITY;
    const double log_z = lattice_.log_z();
    if (!text.constraint->path.empty()) {
      return log_z - PathScore(text.scores, text.constraint->path, model_.transitions()) / temperature;
    }
    if (!lattice_.Forward(text.scores, text.num_tokens, factors, text.constraint)) return INFINITY;
    return log_z - lattice_.log_z();
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

Reliability MeasureReliability(std::vector<Outcome> outcomes) {
  Reliability reliability;
  std::stable_sort(outcomes.begin(), outcomes.end(),
                   [](const Outcome& a, const Outcome& b) { return a.probability < b.probability; });
  const absl::Span<const Outcome> all(outcomes);
  for (size_t bin = 0, begin = 0; bin < kNumBins; ++bin) {
    size_t end = std::max(begin, outcomes.size() * (bin + 1) / kNumBins);
    while (end > 0 && end < outcomes.size() && outcomes[end].probability == outcomes[end - 1].probability) ++end;
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
  const auto at = eces.begin() + kDraws * 9 / 10;
  std::nth_element(eces.begin(), at, eces.end());
  return *at;
}

}  // namespace winnow::ner

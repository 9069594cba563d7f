#include "common/ner/reliability.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "common/base/random.h"

namespace winnow::ner {
namespace {

constexpr size_t kNumBins = 10;

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

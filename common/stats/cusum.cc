#include "common/stats/cusum.h"

#include <algorithm>
#include <cmath>

namespace winnow::stats {
namespace {

double Odds(double p) { return p / (1 - p); }

}  // namespace

double NextCusum(double s, bool success, double p0, double p1) {
  return std::max(0.0, s + (success ? std::log(p1 / p0) : std::log((1 - p1) / (1 - p0))));
}

bool HasDrifted(const std::vector<bool>& trials) {
  if (trials.size() <= kCusumBaseline) return false;
  const auto baseline_end = trials.begin() + kCusumBaseline;
  const auto succeeded = static_cast<double>(std::count(trials.begin(), baseline_end, true));
  const double p0 = (succeeded + 19) / (kCusumBaseline + 20);
  const double odds = Odds(p0) * Odds(0.85) / Odds(0.95);
  const double p1 = odds / (1 + odds);
  double s = 0;
  for (auto trial = baseline_end; trial != trials.end(); ++trial) s = NextCusum(s, *trial, p0, p1);
  return s >= kCusumThreshold;
}

}  // namespace winnow::stats

#include "common/stats/intervals.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace winnow::stats {
namespace {

// Newton's iteration on log Phi(x) = log p for p <= 1/2. log Phi is concave and Phi(-sqrt(-2 log
// p)) <= p / 2, so the iterates rise to the root and never pass it.
double LowerTailQuantile(double p) {
  const double log_p = std::log(std::max(p, 1e-300));
  double x = -std::sqrt(-2 * log_p);
  for (int i = 0; i < 100; ++i) {
    const double cdf = NormalCdf(x);
    const double density = std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const double step = (log_p - std::log(cdf)) * cdf / density;
    x += step;
    if (std::abs(step) <= 1e-15 * std::max(1.0, std::abs(x))) break;
  }
  return x;
}

double TwoSidedZ(double confidence) { return NormalQuantile((1 + confidence) / 2); }

}  // namespace

Interval Difference::TwoSided(double confidence) const {
  return {LowerBound((1 + confidence) / 2), UpperBound((1 + confidence) / 2)};
}

double Difference::LowerBound(double level) const {
  return std::clamp(value - NormalQuantile(level) * se, -1.0, 1.0);
}

double Difference::UpperBound(double level) const {
  return std::clamp(value + NormalQuantile(level) * se, -1.0, 1.0);
}

double NormalCdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

double NormalQuantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  return p <= 0.5 ? LowerTailQuantile(p) : -LowerTailQuantile(1 - p);
}

double StudentQuantile(double p, double degrees) {
  const double z = NormalQuantile(p), z2 = z * z, n = degrees;
  return z * (1 + (z2 + 1) / (4 * n) + ((5 * z2 + 16) * z2 + 3) / (96 * n * n) +
              (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n));
}

Interval WilsonInterval(double successes, double trials, double confidence) {
  if (!(trials > 0)) return {0, 1};
  const double k = std::clamp(successes, 0.0, trials);
  const double z = TwoSidedZ(confidence);
  const double centre = k + z * z / 2;
  const double half = z * std::sqrt(k * (trials - k) / trials + z * z / 4);
  const double scale = trials + z * z;
  return {std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

Interval LogitInterval(double value, double se, double confidence, double widen) {
  const double logit = std::log(value / (1 - value));
  const double half = widen * TwoSidedZ(confidence) * se / (value * (1 - value));
  return {1 / (1 + std::exp(half - logit)), 1 / (1 + std::exp(-half - logit))};
}

}  // namespace winnow::stats

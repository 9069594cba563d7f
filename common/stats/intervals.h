// Intervals of proportions and of differences. Pure functions, safe to call from any thread.
#pragma once

namespace winnow::stats {

// lower <= upper.
struct Interval {
  double lower = 0;
  double upper = 1;
};

// An estimated quantity in [0, 1]. Where nothing can be said (no spans, or spans in one text only)
// `value` is what was counted (0 when nothing was), `interval` is [0, 1] and `se` is 1/2, the
// largest standard deviation that a quantity in [0, 1] can have.
struct Estimate {
  double value = 0;
  double se = 0.5;
  Interval interval;
};

// A difference of two quantities in [0, 1], with the standard error of the paired comparison.
// Bounds are normal and clipped to [-1, 1]; levels are in (0, 1).
struct Difference {
  // B minus A.
  double value = 0;
  // It is 1 where nothing can be said.
  double se = 1;

  Interval TwoSided(double confidence) const;
  // One-sided: the difference is above it with confidence `level`.
  double LowerBound(double level) const;
  // One-sided: the difference is below it with confidence `level`.
  double UpperBound(double level) const;
};

// Distribution function of the standard normal.
double NormalCdf(double x);

// Inverse of NormalCdf, to 1e-12 for p in [1e-300, 1 - 1e-16]; -infinity for p <= 0, +infinity for
// p >= 1.
double NormalQuantile(double p);

// Inverse of the distribution function of Student's t, by its expansion about the normal quantile
// (Abramowitz and Stegun 1964, 26.7.5): within 1 % for p in [.01, .99] from 3 degrees of freedom
// on. REQUIRES: degrees >= 3.
double StudentQuantile(double p, double degrees);

// Wilson (1927), score interval of a proportion:
//   (k + z^2/2 +- z sqrt(k (m - k) / m + z^2/4)) / (m + z^2),   z = NormalQuantile((1 + confidence)
//   / 2)
// for k successes of m trials. Neither need be whole (m may be an effective number of trials).
// Successes are clipped to [0, m]; [0, 1] when m <= 0.
Interval WilsonInterval(double successes, double trials, double confidence);

// Wald interval on the logit scale: logit(value) +- widen z se / (value (1 - value)), mapped back.
// REQUIRES: 0 < value < 1, se >= 0.
Interval LogitInterval(double value, double se, double confidence, double widen = 1);

}  // namespace winnow::stats

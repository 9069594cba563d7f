#include "common/stats/sequential.h"

#include <math.h>

#include <cmath>
#include <numbers>

namespace winnow::stats {
namespace {

// log B(1 + k, 1 + n - k)
double LogBeta(int64_t wins_a, int64_t wins_b) {
  // std::lgamma writes the global signgam.
  int sign;
  const double a = static_cast<double>(wins_a) + 1;
  const double b = static_cast<double>(wins_b) + 1;
  return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

// log of the likelihood ratio of the mixture against preference q.
double LogRatio(int64_t wins_a, int64_t wins_b, double log_beta, double q) {
  const auto term = [](int64_t wins, double share) {
    return wins == 0 ? 0 : static_cast<double>(wins) * std::log(share);
  };
  return log_beta - term(wins_a, q) - term(wins_b, 1 - q);
}

bool IsIndifferent(int64_t wins_a, int64_t wins_b, const SequentialOptions& options) {
  const double share = static_cast<double>(wins_a) / static_cast<double>(wins_a + wins_b);
  const auto& [low, high] = options.indifference;
  if (!(share > low && share < high)) return false;
  const double log_beta = LogBeta(wins_a, wins_b);
  const double bound = -std::log(options.alpha);
  return LogRatio(wins_a, wins_b, log_beta, low) >= bound &&
         LogRatio(wins_a, wins_b, log_beta, high) >= bound;
}

SequentialVerdict VerdictSoFar(const SequentialResult& so_far, const SequentialOptions& options) {
  if (so_far.wins_a + so_far.wins_b > 0) {
    if (LogEValue(so_far.wins_a, so_far.wins_b) >= -std::log(options.alpha)) {
      return so_far.wins_a > so_far.wins_b ? SequentialVerdict::kA : SequentialVerdict::kB;
    }
    if (IsIndifferent(so_far.wins_a, so_far.wins_b, options))
      return SequentialVerdict::kNoDifference;
  }
  const bool capped = so_far.wins_a + so_far.wins_b + so_far.ties >= options.cap;
  return capped ? SequentialVerdict::kUndecided : SequentialVerdict::kRunning;
}

void Count(Preference preference, SequentialResult& result) {
  switch (preference) {
    case Preference::kA:
      ++result.wins_a;
      break;
    case Preference::kB:
      ++result.wins_b;
      break;
    case Preference::kTie:
      ++result.ties;
      break;
  }
}

}  // namespace

double LogEValue(int64_t wins_a, int64_t wins_b) {
  return static_cast<double>(wins_a + wins_b) * std::numbers::ln2 + LogBeta(wins_a, wins_b);
}

Interval ConfidenceSequence(int64_t wins_a, int64_t wins_b, double alpha) {
  if (wins_a + wins_b == 0) return {0, 1};
  const double log_beta = LogBeta(wins_a, wins_b);
  const double bound = -std::log(alpha);
  const double share = static_cast<double>(wins_a) / static_cast<double>(wins_a + wins_b);
  // LogRatio is convex in q with its minimum at `share`, so each side has one end; `outside` is
  // beyond it.
  const auto end = [&](double outside) {
    double inside = share;
    if (LogRatio(wins_a, wins_b, log_beta, outside) < bound) return outside;
    for (int i = 0; i < 60; ++i) {
      const double middle = (inside + outside) / 2;
      (LogRatio(wins_a, wins_b, log_beta, middle) < bound ? inside : outside) = middle;
    }
    return outside;
  };
  return {end(0), end(1)};
}

SequentialResult JudgePreferences(absl::Span<const Preference> judgements, bool texts_ran_out,
                                  const SequentialOptions& options) {
  SequentialResult result;
  result.verdict = VerdictSoFar(result, options);
  for (const Preference preference : judgements) {
    if (result.verdict != SequentialVerdict::kRunning) {
      ++result.after_stop;
      continue;
    }
    Count(preference, result);
    result.verdict = VerdictSoFar(result, options);
  }
  if (result.verdict == SequentialVerdict::kRunning && texts_ran_out)
    result.verdict = SequentialVerdict::kUndecided;
  result.log_e = LogEValue(result.wins_a, result.wins_b);
  result.preference_a = ConfidenceSequence(result.wins_a, result.wins_b, options.alpha);
  return result;
}

}  // namespace winnow::stats

// When to stop an A/B test: looking after every judgement is allowed. Pure functions, safe to call
// from any thread.
//
// E-process against "A and B are preferred equally often" (q = 1/2): the likelihood ratio with a
// uniform (Beta(1,1)) mixture over q. After n judgements without ties, k of them for A:
//   E = 2^n B(1 + k, 1 + n - k)         (B = beta function; Robbins 1970)
// By Ville's inequality P(E >= 1/alpha at any time) <= alpha when q = 1/2, so the test stops at E
// >= 1/alpha. Median number of judgements until then at a true preference of .90 / .78 / .70: 12 /
// 22 / 47. Confidence sequence, valid at all times at once (Waudby-Smith and Ramdas 2024):
//   {q : B(1 + k, 1 + n - k) / (q^k (1 - q)^(n - k)) < 1/alpha}
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "common/stats/intervals.h"

namespace winnow::stats {

enum class Preference : uint8_t { kA, kB, kTie };

enum class SequentialVerdict {
  // Ask on.
  kRunning,
  kA,
  kB,
  // The confidence sequence lies within the indifference zone.
  kNoDifference,
  // The cap was reached, or there is nothing left to ask.
  kUndecided,
};

struct SequentialOptions {
  // In (0, 1).
  double alpha = 0.05;
  // Preferences for A within it are no practical difference. At [.4, .6] and .05 that takes 274
  // judgements or more.
  Interval indifference = {0.4, 0.6};
  // Judgements, ties included, after which people are asked no more.
  int64_t cap = 200;
};

struct SequentialResult {
  SequentialVerdict verdict = SequentialVerdict::kRunning;
  // Judgements up to the stop, or all while running.
  int64_t wins_a = 0;
  int64_t wins_b = 0;
  int64_t ties = 0;
  // Judgements that came after the stop (people answer in parallel): they change nothing.
  int64_t after_stop = 0;
  // log E at the stop.
  double log_e = 0;
  // Confidence sequence at the stop, 1 - alpha, for the share of non-ties that prefer A.
  Interval preference_a;
};

// log E. REQUIRES: 0 <= wins_a, 0 <= wins_b.
double LogEValue(int64_t wins_a, int64_t wins_b);

// The confidence sequence above for the preference of A; [0, 1] while there are no judgements.
Interval ConfidenceSequence(int64_t wins_a, int64_t wins_b, double alpha);

// Judges the answers in the order in which they were given; the first stop counts and is final.
// Ties are left out of the test and counted. `texts_ran_out`: no differing text is left to ask.
SequentialResult JudgePreferences(absl::Span<const Preference> judgements, bool texts_ran_out,
                                  const SequentialOptions& options = {});

}  // namespace winnow::stats

// Whether somebody has become less reliable: a CUSUM over trials that succeed or fail. Pure
// functions, safe to call from any thread.
//
// Bernoulli CUSUM against a fall of the rate of success from p0 to p1 (Page 1954; Reynolds and
// Stoumbos 1999), x = 1 for a success:
//   S = max(0, S + x log(p1 / p0) + (1 - x) log((1 - p1) / (1 - p0)))
// With p0 = .95, p1 = .85 it reaches 4 after 1,538 trials on average while the rate is p0, and
// after 49 once it is p1. Both depend much on p0, so it is estimated for each person first.
#pragma once

#include <vector>

namespace winnow::stats {

// S reaches it: alarm.
inline constexpr double kCusumThreshold = 4;
// The trials of which p0 is estimated, with a Beta(19, 1) prior (mean .95). The odds of p1 are
// those of p0 divided as .95 and .85 divide theirs.
inline constexpr int kCusumBaseline = 20;

// One step of S. REQUIRES: 0 < p1 < p0 < 1.
double NextCusum(double s, bool success, double p0, double p1);

// Whether S stands at the threshold or above after the trials, in the order in which they were
// made; false while there are no more than kCusumBaseline.
bool HasDrifted(const std::vector<bool>& trials);

}  // namespace winnow::stats

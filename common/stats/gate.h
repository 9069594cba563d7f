// The promotion gate: may a new version replace the one that serves? A pure function, safe to call
// from any thread.
//
//   PROMOTE    the estimated difference of F1 is not negative, and its one-sided lower bound is at
//              least -margin
//   REFUSE     its one-sided upper bound is below 0, on enough spans to refuse
//   UNDECIDED  otherwise, and always below kMinReportingSpans or kMinChangedTexts
//
// A simulation of this rule (90 %, margin 2 points, 200 reporting spans, 10 % of the spans changed)
// promoted with probability .04 / .10 / .51 / .90 / .97 at a true difference of -3 / -2 / 0 / +2 /
// +3 points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/stats/intervals.h"

namespace winnow::stats {

inline constexpr int64_t kMinReportingSpans = 50;
inline constexpr int64_t kMinChangedTexts = 10;

struct GateInput {
  // F1 of the new version minus F1 of what it would replace, on the reporting texts. From
  // PairedF1Difference or AuditF1Difference.
  Difference difference;
  // Spans judged on the reporting texts: gold spans, or audit answers.
  int64_t reporting_spans = 0;
  // With fewer nothing is refused.
  int64_t min_refusing_spans = kMinReportingSpans;
  // Reporting texts on which the two versions predict different spans.
  int64_t changed_texts = 0;
  // A lower bound down to minus this is tolerated; in F1, so .02 is two points.
  double margin = 0.02;
  // Earlier versions that were compared on the same texts. Told in the reason; it does not change
  // the verdict.
  int earlier_tries = 0;
  // The confidence of the one-sided bounds.
  double level = 0.90;
};

enum class GateVerdict { kPromote, kRefuse, kUndecided };

struct GateDecision {
  GateVerdict verdict = GateVerdict::kUndecided;
  // One-sided bounds of the difference, in F1.
  double lower = -1;
  double upper = 1;
  // One or two sentences for people, with the figures in points (hundredths of F1).
  std::string reason;
  // kUndecided only: how many further reporting spans would decide if the estimate stayed and the
  // standard error shrank with the square root of the number of spans. Absent when no such number
  // can be told: no text changed, the figures are not finite, or it would be more than a million.
  std::optional<int64_t> further_spans;
};

// A difference or standard error that is not finite (or negative) is UNDECIDED.
GateDecision DecideGate(const GateInput& input);

}  // namespace winnow::stats

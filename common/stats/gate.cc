#include "common/stats/gate.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace winnow::stats {
namespace {

constexpr double kMostFurtherSpans = 1e6;

bool IsFinite(const GateInput& input) {
  return std::isfinite(input.difference.value) && std::isfinite(input.difference.se) &&
         input.difference.se >= 0;
}

bool IsLargeEnough(const GateInput& input) {
  return input.reporting_spans >= kMinReportingSpans && input.changed_texts >= kMinChangedTexts;
}

GateVerdict Judge(const GateInput& input, double lower, double upper) {
  if (!IsFinite(input) || !IsLargeEnough(input)) return GateVerdict::kUndecided;
  if (input.difference.value >= 0 && lower >= -input.margin) return GateVerdict::kPromote;
  if (upper < 0 && input.reporting_spans >= input.min_refusing_spans) return GateVerdict::kRefuse;
  return GateVerdict::kUndecided;
}

// The bound that matters is met when z se sqrt(spans / needed) <= room, so needed = spans (z se /
// room)^2.
std::optional<int64_t> FurtherSpans(const GateInput& input) {
  if (!IsFinite(input) || input.reporting_spans <= 0 || input.changed_texts <= 0)
    return std::nullopt;
  const double spans = static_cast<double>(input.reporting_spans);
  const double value = input.difference.value;
  const double room = value >= 0 ? value + input.margin : -value;
  if (!(room > 0)) return std::nullopt;
  const double root = NormalQuantile(input.level) * input.difference.se / room;
  const double for_bound = spans * root * root;
  const double for_changes =
      spans * static_cast<double>(kMinChangedTexts) / static_cast<double>(input.changed_texts);
  const int64_t least = value >= 0 ? kMinReportingSpans : input.min_refusing_spans;
  const double needed = std::max({for_bound, for_changes, static_cast<double>(least)});
  if (!(needed - spans <= kMostFurtherSpans)) return std::nullopt;
  return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(needed - spans)));
}

std::string Points(double f1) { return absl::StrFormat("%+.1f", 100 * f1); }

std::string Count(int64_t n, absl::string_view one, absl::string_view many) {
  return absl::StrCat(n, " ", n == 1 ? one : many);
}

std::string WhyUndecided(const GateInput& input, const GateDecision& decision) {
  if (!IsFinite(input)) return "the difference or its standard error is not a number";
  if (input.reporting_spans < kMinReportingSpans) {
    return absl::StrCat("fewer than ", kMinReportingSpans, " reporting spans decide nothing");
  }
  if (input.changed_texts < kMinChangedTexts) {
    return absl::StrCat("fewer than ", kMinChangedTexts, " changed texts decide nothing");
  }
  if (decision.upper < 0) {
    return absl::StrCat("it looks worse, but fewer than ", input.min_refusing_spans,
                        " reporting spans of this kind refuse nothing");
  }
  return input.difference.value >= 0 ? "it may be worse than the margin allows"
                                     : "it may yet be better";
}

std::string Verdict(const GateInput& input, const GateDecision& decision) {
  switch (decision.verdict) {
    case GateVerdict::kPromote:
      return "Promoted: not worse within the margin";
    case GateVerdict::kRefuse:
      return "Refused: worse";
    case GateVerdict::kUndecided:
      break;
  }
  return absl::StrCat("Undecided: ", WhyUndecided(input, decision));
}

std::string Reason(const GateInput& input, const GateDecision& decision) {
  std::string reason = Verdict(input, decision);
  if (IsFinite(input)) {
    absl::StrAppend(&reason, "; F1 ", Points(input.difference.value), " points, one-sided ",
                    absl::StrFormat("%.0f", 100 * input.level), " % bounds ",
                    Points(decision.lower), " and ", Points(decision.upper), ", margin ",
                    absl::StrFormat("%.1f", 100 * input.margin));
  }
  absl::StrAppend(&reason, "; ", Count(input.reporting_spans, "reporting span", "reporting spans"),
                  ", ", Count(input.changed_texts, "changed text", "changed texts"), ".");
  if (decision.further_spans.has_value()) {
    absl::StrAppend(&reason, " About ",
                    Count(*decision.further_spans, "more reporting span", "more reporting spans"),
                    " would decide if the difference stays.");
  }
  if (input.earlier_tries > 0) {
    absl::StrAppend(&reason, " ",
                    Count(input.earlier_tries, "earlier version was", "earlier versions were"),
                    " compared on the same texts, so a good figure is partly luck.");
  }
  return reason;
}

}  // namespace

GateDecision DecideGate(const GateInput& input) {
  GateDecision decision;
  if (IsFinite(input)) {
    decision.lower = input.difference.LowerBound(input.level);
    decision.upper = input.difference.UpperBound(input.level);
  }
  decision.verdict = Judge(input, decision.lower, decision.upper);
  if (decision.verdict == GateVerdict::kUndecided) decision.further_spans = FurtherSpans(input);
  decision.reason = Reason(input, decision);
  return decision;
}

}  // namespace winnow::stats

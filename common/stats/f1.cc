#include "common/stats/f1.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::stats {
namespace {

void CheckCounts(absl::Span<const SpanCounts> texts, absl::string_view name,
                 Violations& violations) {
  for (size_t t = 0; t < texts.size(); ++t) {
    const SpanCounts& c = texts[t];
    if (c.tp >= 0 && c.tp <= std::min(c.predicted, c.gold)) continue;
    violations.Add(absl::StrCat(name, "[", t, "]"),
                   absl::StrCat(c.tp, " right of ", c.predicted, " predicted and ", c.gold,
                                " gold spans is impossible"));
  }
}

// Sum of x_t over sum of y_t with the standard error of a ratio over texts with y_t > 0.
struct Ratio {
  double value = 0;
  double se = 0.5;
  double denominator = 0;
  int64_t texts = 0;
};

template <typename Numerator, typename Denominator>
Ratio RatioOverTexts(absl::Span<const SpanCounts> texts, Numerator x, Denominator y) {
  Ratio ratio;
  double sum_x = 0;
  for (const SpanCounts& c : texts) {
    sum_x += x(c);
    ratio.denominator += y(c);
    ratio.texts += y(c) > 0;
  }
  if (ratio.texts == 0) return ratio;
  ratio.value = sum_x / ratio.denominator;
  if (ratio.texts < 2) return ratio;
  // Spans of one text are alike, so texts are the sample, not spans.
  double squares = 0;
  for (const SpanCounts& c : texts) {
    const double residual = x(c) - ratio.value * y(c);
    squares += residual * residual;
  }
  const double n = static_cast<double>(ratio.texts);
  ratio.se = std::sqrt(n / (n - 1) * squares) / ratio.denominator;
  return ratio;
}

// Wilson's interval with the trials divided by the design effect.
Interval ClusteredInterval(double share, double se, double trials, double confidence) {
  const double binomial = share * (1 - share);
  const double design_effect = binomial > 0 ? std::max(1.0, se * se * trials / binomial) : 1.0;
  const double effective = trials / design_effect;
  return WilsonInterval(share * effective, effective, confidence);
}

Estimate ProportionEstimate(const Ratio& ratio, double confidence) {
  Estimate estimate{ratio.value, ratio.se, {}};
  if (ratio.texts >= 2) {
    estimate.interval = ClusteredInterval(ratio.value, ratio.se, ratio.denominator, confidence);
  }
  return estimate;
}

Estimate F1Estimate(const Ratio& ratio, double confidence) {
  Estimate estimate{ratio.value, ratio.se, {}};
  if (ratio.texts < 2) return estimate;
  // F1 is no proportion, but F / (2 - F) is one: right spans among those that are predicted or
  // gold.
  const double f = ratio.value;
  const double jaccard = f / (2 - f);
  const double se = 2 * ratio.se / ((2 - f) * (2 - f));
  const double united = ratio.denominator * (1 - f / 2);
  const Interval j = ClusteredInterval(jaccard, se, united, confidence);
  estimate.interval = {2 * j.lower / (1 + j.lower), 2 * j.upper / (1 + j.upper)};
  return estimate;
}

double Right(const SpanCounts& c) { return c.tp; }
double TwiceRight(const SpanCounts& c) { return 2.0 * c.tp; }
double Predicted(const SpanCounts& c) { return c.predicted; }
double Gold(const SpanCounts& c) { return c.gold; }
double PredictedAndGold(const SpanCounts& c) { return Predicted(c) + Gold(c); }

}  // namespace

absl::StatusOr<F1Report> MeasureF1(absl::Span<const SpanCounts> texts, double confidence) {
  Violations violations;
  CheckCounts(texts, "texts", violations);
  if (!(confidence > 0 && confidence < 1)) {
    violations.Add("confidence", absl::StrCat("is ", confidence, ", not between 0 and 1"));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("F1 cannot be measured"));

  F1Report report;
  for (const SpanCounts& c : texts) {
    report.tp += c.tp;
    report.predicted += c.predicted;
    report.gold += c.gold;
  }
  report.precision = ProportionEstimate(RatioOverTexts(texts, Right, Predicted), confidence);
  report.recall = ProportionEstimate(RatioOverTexts(texts, Right, Gold), confidence);
  const Ratio f1 = RatioOverTexts(texts, TwiceRight, PredictedAndGold);
  report.texts = f1.texts;
  report.f1 = F1Estimate(f1, confidence);
  return report;
}

absl::StatusOr<Difference> PairedF1Difference(absl::Span<const SpanCounts> a,
                                              absl::Span<const SpanCounts> b) {
  Violations violations;
  if (a.size() != b.size()) {
    violations.Add("b", absl::StrCat("has ", b.size(), " texts, a has ", a.size()));
  }
  CheckCounts(a, "a", violations);
  CheckCounts(b, "b", violations);
  for (size_t t = 0; t < std::min(a.size(), b.size()); ++t) {
    if (a[t].gold == b[t].gold) continue;
    violations.Add(
        absl::StrCat("b[", t, "]"),
        absl::StrCat("has ", b[t].gold, " gold spans, the same text in a has ", a[t].gold));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("F1 cannot be compared"));

  const Ratio f_a = RatioOverTexts(a, TwiceRight, PredictedAndGold);
  const Ratio f_b = RatioOverTexts(b, TwiceRight, PredictedAndGold);
  const auto residual = [](const SpanCounts& c, const Ratio& f) {
    return f.denominator > 0 ? (TwiceRight(c) - f.value * PredictedAndGold(c)) / f.denominator
                             : 0.0;
  };
  // The residuals are paired by text, which makes the interval as narrow as the models are alike.
  int64_t texts = 0;
  double squares = 0;
  for (size_t t = 0; t < a.size(); ++t) {
    texts += PredictedAndGold(a[t]) + PredictedAndGold(b[t]) > 0;
    const double r = residual(b[t], f_b) - residual(a[t], f_a);
    squares += r * r;
  }
  Difference difference;
  difference.value = f_b.value - f_a.value;
  const double n = static_cast<double>(texts);
  if (texts >= 2) difference.se = std::sqrt(n / (n - 1) * squares);
  return difference;
}

}  // namespace winnow::stats

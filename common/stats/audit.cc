#include "common/stats/audit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "common/stats/asking.h"

namespace winnow::stats {

// The sample.

double CandidateSize(const FrameCandidate& candidate) {
  const double p = candidate.probability;
  return std::sqrt(std::max(0.0, p * (1 - p))) +
         (candidate.predicted ? kPredictedFloor : kOtherFloor);
}

std::optional<AuditPlan> PlanAudit(absl::Span<const FrameCandidate> candidates,
                                   absl::string_view text_key, uint64_t seed) {
  if (candidates.empty()) return std::nullopt;
  AuditPlan plan;
  for (const FrameCandidate& candidate : candidates) plan.text_size += CandidateSize(candidate);

  // Both numbers come from the text alone, so that everybody draws the same sample; the second
  // draws a span in proportion to its size.
  const uint64_t hash = Hash64(text_key, seed);
  plan.random = UnitInterval(hash);
  double rest = UnitInterval(MixHash(hash, 1)) * plan.text_size;
  for (size_t i = 0; i < candidates.size(); ++i) {
    plan.candidate = i;
    plan.span_size = CandidateSize(candidates[i]);
    rest -= plan.span_size;
    if (rest < 0) break;
  }
  return plan;
}

std::vector<size_t> AskingOrder(absl::Span<const AuditPlan> frame) {
  std::vector<size_t> order(frame.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return frame[a].Rank() < frame[b].Rank(); });
  return order;
}

double AuditThreshold(absl::Span<const AuditPlan> frame, size_t asked) {
  if (asked >= frame.size()) return std::numeric_limits<double>::infinity();
  std::vector<double> ranks;
  ranks.reserve(frame.size());
  for (const AuditPlan& plan : frame) ranks.push_back(plan.Rank());
  std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(asked), ranks.end());
  return ranks[asked];
}

double InclusionProbability(double threshold, double text_size, double span_size) {
  return std::min(1.0, threshold * text_size) * span_size / text_size;
}

// The estimate.

namespace {

bool IsAnswered(const AuditItem& item) {
  return item.answer == AuditAnswer::kYes || item.answer == AuditAnswer::kNo;
}

bool IsPredicted(const AuditItem& item, AuditModel model) {
  return model == AuditModel::kA ? item.predicted_a : item.predicted_b;
}

absl::Status Check(absl::Span<const AuditText> texts, const AuditOptions& options) {
  Violations violations;
  for (size_t t = 0; t < texts.size(); ++t) {
    for (size_t i = 0; i < texts[t].size(); ++i) {
      const AuditItem& item = texts[t][i];
      const auto where = [&] { return absl::StrCat("texts[", t, "][", i, "]"); };
      if (!(item.p >= 0 && item.p <= 1))
        violations.Add(where(), absl::StrCat("p is ", item.p, ", not in [0, 1]"));
      if (item.answer != AuditAnswer::kNotAsked && !(item.pi > 0 && item.pi <= 1)) {
        violations.Add(where(), absl::StrCat("was asked, but pi is ", item.pi, ", not in (0, 1]"));
      }
    }
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    violations.Add("confidence", absl::StrCat("is ", options.confidence, ", not between 0 and 1"));
  }
  if (options.unaskable.has_value()) {
    const auto& [count, variance] = *options.unaskable;
    if (!(count >= 0 && std::isfinite(count)))
      violations.Add("unaskable.count", absl::StrCat("is ", count));
    if (!(variance >= 0 && std::isfinite(variance))) {
      violations.Add("unaskable.variance", absl::StrCat("is ", variance));
    }
  }
  return violations.ToStatus("the audit answers cannot be evaluated");
}

// The questions asked, and what was answered.
struct Response {
  int64_t answers = 0;
  int64_t ignored = 0;
  double share() const {
    return static_cast<double>(answers) / static_cast<double>(answers + ignored);
  }
};

Response CountResponse(absl::Span<const AuditText> texts) {
  Response response;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      response.answers += IsAnswered(item);
      response.ignored += item.answer == AuditAnswer::kIgnored;
    }
  }
  return response;
}

// 1_s (a - p) / pi, with pi corrected for non-response.
double Correction(const AuditItem& item, double response_share) {
  if (!IsAnswered(item)) return 0;
  return ((item.answer == AuditAnswer::kYes ? 1 : 0) - item.p) / (item.pi * response_share);
}

struct Totals {
  double tp = 0;
  double predicted = 0;
  double gold = 0;
};

Totals Sum(absl::Span<const AuditText> texts, AuditModel model, double response_share,
           double unaskable) {
  Totals totals;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      if (!item.askable) continue;
      const double right = item.p + Correction(item, response_share);
      totals.gold += right;
      if (!IsPredicted(item, model)) continue;
      totals.tp += right;
      totals.predicted += 1;
    }
  }
  // The correction may leave the possible range by chance.
  totals.tp = std::clamp(totals.tp, 0.0, totals.predicted);
  totals.gold = std::max(totals.tp, totals.gold + unaskable);
  return totals;
}

// The derivatives of a figure by TP, PP and G. All are zero where the figure has no denominator.
struct Influence {
  double tp = 0;
  double predicted = 0;
  double gold = 0;
};

double Ratio(double numerator, double denominator) {
  return denominator > 0 ? numerator / denominator : 0;
}

double F1(const Totals& t) { return Ratio(2 * t.tp, t.predicted + t.gold); }

Influence F1Influence(const Totals& t) {
  const double denominator = t.predicted + t.gold;
  if (!(denominator > 0)) return {};
  const double f = F1(t);
  return {2 / denominator, -f / denominator, -f / denominator};
}

Influence PrecisionInfluence(const Totals& t) {
  if (!(t.predicted > 0)) return {};
  return {1 / t.predicted, -t.tp / t.predicted / t.predicted, 0};
}

Influence RecallInfluence(const Totals& t) {
  if (!(t.gold > 0)) return {};
  return {1 / t.gold, 0, -t.tp / t.gold / t.gold};
}

struct Spread {
  double variance = 0;
  // What the normal quantile is to be multiplied by.
  double student = 1;
};

// Of a sum of independent terms, with sums S2 of their squares and S4 of their fourth powers, the
// estimated variance has about 2 S2^2 / (S4 - S2^2 / n) degrees of freedom (Satterthwaite 1946):
// few where few heavy terms make it up.
double StudentFactor(double n, double squares, double fourth_powers) {
  const double excess = fourth_powers - squares * squares / n;
  const double degrees = excess > 0 ? std::min(n - 1, 2 * squares * squares / excess) : n - 1;
  return StudentQuantile(0.975, std::max(degrees, 3.0)) / NormalQuantile(0.975);
}

// Variance of the figure with influence `b` on model B's totals plus the one with `a` on model A's.
Spread Variance(absl::Span<const AuditText> texts, const Influence& a, const Influence& b,
                double response_share, const AuditOptions& options) {
  double new_texts = 0, fourth_powers = 0;
  double this_pool = 0;
  for (const AuditText& text : texts) {
    double residual = 0;
    for (const AuditItem& item : text) {
      if (!item.askable) continue;
      const double of_truth =
          (item.predicted_a ? a.tp : 0) + (item.predicted_b ? b.tp : 0) + a.gold + b.gold;
      const double of_prediction =
          (item.predicted_a ? a.predicted : 0) + (item.predicted_b ? b.predicted : 0);
      const double correction = of_truth * Correction(item, response_share);
      residual += of_truth * item.p + of_prediction + correction;
      this_pool += (1 - item.pi * response_share) * correction * correction;
    }
    new_texts += residual * residual;
    fourth_powers += std::pow(residual, 4);
  }

  // The texts are drawn from all texts there are, or they are all; and the unaskable gold spans are
  // estimated apart.
  const double n = static_cast<double>(texts.size());
  const double of_unaskable = options.unaskable.has_value() ? options.unaskable->variance : 0;
  const bool of_new_texts = options.scope == AuditScope::kNewTexts;
  return {(of_new_texts ? n / (n - 1) * new_texts : this_pool) +
              (a.gold + b.gold) * (a.gold + b.gold) * of_unaskable,
          of_new_texts && new_texts > 0 ? StudentFactor(n, new_texts, fourth_powers) : 1};
}

double Widening(int64_t answers) { return answers < kWidenBelow ? 1.1 : 1.0; }

// Every interval of one report shares this.
struct Evidence {
  int64_t answers = 0;
  // Answers on spans that the model predicts.
  int64_t predicted_answers = 0;
  double confidence = 0;
};

Estimate MakeEstimate(double value, const Spread& spread, const Evidence& evidence) {
  Estimate estimate{value, std::sqrt(spread.variance), {}};
  // The logit has no interval at 0 and 1; there the answers on predicted spans count as trials.
  if (value > 0 && value < 1) {
    estimate.interval = LogitInterval(value, estimate.se, evidence.confidence,
                                      std::max(Widening(evidence.answers), spread.student));
  } else {
    const double trials = static_cast<double>(evidence.predicted_answers);
    estimate.interval = WilsonInterval(value * trials, trials, evidence.confidence);
  }
  return estimate;
}

absl::StatusOr<Response> CheckedResponse(absl::Span<const AuditText> texts,
                                         const AuditOptions& options) {
  WINNOW_RETURN_IF_ERROR(Check(texts, options));
  const Response response = CountResponse(texts);
  if (response.answers == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("no audit question was answered yet (", response.ignored, " ignored)"));
  }
  return response;
}

bool SaysSomething(absl::Span<const AuditText> texts, const Response& response) {
  return texts.size() >= 2 && response.answers >= kMinAnswers;
}

double UnaskableCount(const AuditOptions& options) {
  return options.unaskable.has_value() ? options.unaskable->count : 0;
}

}  // namespace

absl::StatusOr<AuditReport> EstimateFromAudit(absl::Span<const AuditText> texts, AuditModel model,
                                              const AuditOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const Response response, CheckedResponse(texts, options));
  const Totals totals = Sum(texts, model, response.share(), UnaskableCount(options));
  AuditReport report;
  report.tp = totals.tp;
  report.predicted = static_cast<int64_t>(totals.predicted);
  report.gold = totals.gold;
  report.texts = static_cast<int64_t>(texts.size());
  report.answers = response.answers;
  report.ignored = response.ignored;
  report.askable_only = !options.unaskable.has_value();
  Evidence evidence{response.answers, 0, options.confidence};
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      if (!IsPredicted(item, model)) continue;
      evidence.predicted_answers += IsAnswered(item);
      report.unchecked_predicted += !item.askable;
    }
  }

  const bool says_something = SaysSomething(texts, response);
  const auto estimate = [&](double value, const Influence& influence) {
    if (!says_something) return Estimate{value, 0.5, {}};
    const Influence a = model == AuditModel::kA ? influence : Influence{};
    const Influence b = model == AuditModel::kB ? influence : Influence{};
    return MakeEstimate(value, Variance(texts, a, b, response.share(), options), evidence);
  };
  if (totals.predicted > 0)
    report.precision = estimate(totals.tp / totals.predicted, PrecisionInfluence(totals));
  if (totals.gold > 0) report.recall = estimate(totals.tp / totals.gold, RecallInfluence(totals));
  if (totals.predicted + totals.gold > 0) report.f1 = estimate(F1(totals), F1Influence(totals));
  return report;
}

absl::StatusOr<Difference> AuditF1Difference(absl::Span<const AuditText> texts,
                                             const AuditOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const Response response, CheckedResponse(texts, options));
  const Totals totals_a = Sum(texts, AuditModel::kA, response.share(), UnaskableCount(options));
  const Totals totals_b = Sum(texts, AuditModel::kB, response.share(), UnaskableCount(options));
  Difference difference;
  difference.value = F1(totals_b) - F1(totals_a);
  if (!SaysSomething(texts, response)) return difference;
  const Influence a = F1Influence(totals_a);
  // The difference is of two figures on the same texts: its influence is the difference of theirs.
  const Influence minus_a = {-a.tp, -a.predicted, -a.gold};
  const Spread spread = Variance(texts, minus_a, F1Influence(totals_b), response.share(), options);
  difference.se = std::max(Widening(response.answers), spread.student) * std::sqrt(spread.variance);
  return difference;
}

}  // namespace winnow::stats

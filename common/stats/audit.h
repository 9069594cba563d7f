// An honest estimate of precision, recall and F1 from yes/no answers on single spans.
// Pure functions, safe to call from any thread.
//
// 1. The sample: priority sampling (Duffield, Lund, Thorup, "Priority sampling for estimation of
//    arbitrary subset sums", J. ACM 2007), so that any number of answers can be used. The frame is
//    all holdout texts t; candidates i of a text are its spans with p_i >= eps
//    (kMinAskedProbability) under the model that made the frame. Size of a candidate: u_i + floor,
//    u = sqrt(p (1 - p)), floor .15 if that model predicts the span and .05 if not. Size of a text:
//    U_t = the sum over its candidates. r_t in [0, 1) is the permanent random number of the text.
//    Texts are asked by ascending rank r_t / U_t, one span of each, drawn with probability (u_i +
//    floor) / U_t. When n texts were asked, c is the (n+1)-th smallest rank (infinite when all
//    were); given c,
//      Pi_t = min(1, c U_t),  pi_i = Pi_t (u_i + floor) / U_t
//    are the probabilities with which text and span are in the sample. n may depend on anything but
//    the answers.
//
// 2. The estimate: difference estimator (Cassel, Sarndal, Wretman 1976). Its totals are unbiased
//    whatever p is, their ratios nearly (F1: below .01 from 60 answers on in simulation, p
//    calibrated or not). Over all items i of the frame, z_i = the judged model predicts the span,
//    a_i = 1 for yes and 0 for no, s = the items answered:
//      TP = sum_i z_i p_i + sum_{i in s} z_i (a_i - p_i) / pi_i      PP = sum_i z_i
//      G  = sum_i p_i     + sum_{i in s}     (a_i - p_i) / pi_i + M
//      P = TP / PP,  R = TP / G,  F = 2 TP / (PP + G)
//    TP is clipped to [0, PP] and G to at least TP.
//    M = gold spans that are no candidates (p < eps), known from texts annotated completely.
//    Without it recall and F1 are "of askable spans". Predicted spans that are no candidates, which
//    nobody could be asked about, are in none of the sums, neither as right nor as wrong.
//
//    Variance for NEW TEXTS like these (n texts in the frame, linearised residual per text):
//      Var = n/(n-1) sum_t e_t^2 / D^2
//      F: e_t = sum_{i in t} [2 z p - F (z + p) + 1_s (2z - F) (a - p) / pi],  D = PP + G
//      P: e_t = sum_{i in t} [z p - P z + 1_s z (a - p) / pi],                 D = PP
//      R: e_t = sum_{i in t} [z p - R p + 1_s (z - R) (a - p) / pi],           D = G
//    Variance for THIS POOL: sum_s (1 - pi) / pi^2 y^2 / D^2 with
//      F: y = (2z - F) (a - p);  P: y = z (a - p);  R: y = (z - R) (a - p)
//    Both: plus F^2 Var(M) / (PP + G)^2 and R^2 Var(M) / G^2.
//    Interval: logit-Wald, wider on the logit scale: by 10 % below kWidenBelow answers or, if that
//    is more, for new texts, as the quantile of Student's t is, whose degrees of freedom tell how
//    few heavy residuals the variance is made of (Satterthwaite 1946). Where the estimate is
//    exactly 0 or 1, Wilson with the answers on predicted spans as trials.
//
// 3. Ignored questions are non-response. They are counted, and every pi is multiplied by
//    answered / asked: right if what people skip is not more or less often a mistake of p than what
//    they answer (missing at random). A question among the first n that has no answer, for whatever
//    reason, is passed as ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/stats/intervals.h"

namespace winnow::stats {

// The sample.

inline constexpr double kPredictedFloor = 0.15;
inline constexpr double kOtherFloor = 0.05;

// A candidate span under the model that makes the frame.
struct FrameCandidate {
  // In [0, 1].
  double probability = 0;
  // The model predicts it.
  bool predicted = false;
};

// u + floor, in (0, .65].
double CandidateSize(const FrameCandidate& candidate);

// The question that would be asked of one text.
struct AuditPlan {
  // U_t.
  double text_size = 0;
  // u_i + floor of the candidate drawn.
  double span_size = 0;
  // r_t.
  double random = 0;
  // Index of the candidate drawn.
  size_t candidate = 0;

  double Rank() const { return random / text_size; }
};

// Depends on the candidates, their order, the key and the seed only. `text_key` identifies the text
// (any bytes). Absent when there are no candidates: the text is in the frame but can never be
// asked. REQUIRES: the caller has left out the candidates below eps.
std::optional<AuditPlan> PlanAudit(absl::Span<const FrameCandidate> candidates,
                                   absl::string_view text_key, uint64_t seed);

// Indices of the plans in the order in which they are asked: by ascending rank, ties by index.
std::vector<size_t> AskingOrder(absl::Span<const AuditPlan> frame);

// c when the first `asked` texts of the order were asked; +infinity when asked >= frame.size().
double AuditThreshold(absl::Span<const AuditPlan> frame, size_t asked);

// pi_i for the span drawn. 0 <= span_size <= text_size, text_size > 0, threshold >= 0.
double InclusionProbability(double threshold, double text_size, double span_size);

// The estimate.

// Fewer answers say nothing: intervals are [0, 1] and standard errors the largest possible. (In
// simulation intervals from 5 answers covered as little as .75 instead of .95, from 20 answers .95
// to .99.)
inline constexpr int64_t kMinAnswers = 20;
inline constexpr int64_t kWidenBelow = 200;
// With fewer a new version is not refused (gate.h): what it predicts outside the frame, mostly
// right where it has learnt, does not count for it.
inline constexpr int64_t kMinRefusingAnswers = 150;

enum class AuditAnswer : uint8_t { kNotAsked, kYes, kNo, kIgnored };

// One span of a holdout text, as two models to be judged see it. List all candidates of the frame,
// whether a model predicts them or not. A span outside the frame that a judged model predicts is
// listed as not askable: it does not count, and `unchecked_predicted` tells how many there are. A
// span whose truth is known has p = 0 or 1.
struct AuditItem {
  // Auxiliary probability that the span is right, in [0, 1]: any number chosen without looking at
  // this answer.
  double p = 0;
  bool predicted_a = false;
  bool predicted_b = false;
  // Inclusion probability, in (0, 1]; read for items that were asked only.
  double pi = 0;
  AuditAnswer answer = AuditAnswer::kNotAsked;
  // A candidate of the frame.
  bool askable = true;
};

// All items of one text; may be empty.
using AuditText = std::vector<AuditItem>;

// Gold spans that are no candidates, over all texts of the frame.
struct UnaskableGold {
  double count = 0;
  double variance = 0;
};

enum class AuditModel { kA, kB };

enum class AuditScope {
  // The intervals are of the figures on new texts from where these came from.
  kNewTexts,
  // They are of the figures on exactly these texts; 0 wide when every item was answered.
  kThisPool,
};

struct AuditOptions {
  AuditScope scope = AuditScope::kNewTexts;
  // That of the two-sided intervals, in (0, 1).
  double confidence = 0.95;
  // M; absent: recall and F1 are of askable spans.
  std::optional<UnaskableGold> unaskable;
};

struct AuditReport {
  Estimate precision;
  Estimate recall;
  Estimate f1;
  // TP, PP and G.
  double tp = 0;
  int64_t predicted = 0;
  double gold = 0;
  int64_t texts = 0;
  // Yes and no together.
  int64_t answers = 0;
  int64_t ignored = 0;
  // Predicted spans outside the frame, which do not count.
  int64_t unchecked_predicted = 0;
  // True when M was not given.
  bool askable_only = true;
};

// FailedPrecondition when no item has a yes or no. InvalidArgument naming each text and item with a
// probability out of range, or the option.
absl::StatusOr<AuditReport> EstimateFromAudit(absl::Span<const AuditText> texts, AuditModel model,
                                              const AuditOptions& options = {});

// F1 of B minus F1 of A on the same answers. Linearised residual per text, e_t as above for each
// model:
//   d_t = e_Bt / (PP_B + G) - e_At / (PP_A + G);  se = sqrt(n/(n-1) sum d_t^2)           (new
//   texts) y = ((2 z_B - F_B) / (PP_B + G) - (2 z_A - F_A) / (PP_A + G)) (a - p); se^2 = sum_s (1 -
//   pi) / pi^2 y^2                                                     (this pool)
// plus (F_B / (PP_B + G) - F_A / (PP_A + G))^2 Var(M). The standard error is as much larger
// as the interval of a figure is wider; two-sided .95 then
// covered .92 to .95 in simulation with 60 answers or more. Below kMinAnswers it is 1. Errors as
// above.
absl::StatusOr<Difference> AuditF1Difference(absl::Span<const AuditText> texts,
                                             const AuditOptions& options = {});

}  // namespace winnow::stats

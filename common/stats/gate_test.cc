#include "common/stats/gate.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/stats/f1.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GateInput Input(double value, double se) {
  GateInput input;
  input.difference = {value, se};
  input.reporting_spans = 200;
  input.changed_texts = 30;
  return input;
}

TEST(Gate, PromotesWhatIsNotWorseWithinTheMargin) {
  const GateDecision decision = DecideGate(Input(0.013, 0.02));
  EXPECT_EQ(decision.verdict, GateVerdict::kPromote);
  EXPECT_NEAR(decision.lower, 0.013 - 1.2815515655446004 * 0.02, 1e-12);
  EXPECT_NEAR(decision.upper, 0.013 + 1.2815515655446004 * 0.02, 1e-12);
  EXPECT_FALSE(decision.further_spans.has_value());
  EXPECT_EQ(decision.reason,
            "Promoted: not worse within the margin; F1 +1.3 points, one-sided 90 % "
            "bounds -1.3 and "
            "+3.9, margin 2.0; 200 reporting spans, 30 changed texts.");
}

TEST(Gate, RefusesWhatIsSurelyWorse) {
  const GateDecision decision = DecideGate(Input(-0.05, 0.02));
  EXPECT_EQ(decision.verdict, GateVerdict::kRefuse);
  EXPECT_THAT(decision.reason, HasSubstr("Refused: worse; F1 -5.0 points"));
}

TEST(Gate, FewAuditAnswersRefuseNothing) {
  GateInput input = Input(-0.05, 0.02);
  input.min_refusing_spans = 250;
  const GateDecision decision = DecideGate(input);
  EXPECT_EQ(decision.verdict, GateVerdict::kUndecided);
  EXPECT_THAT(decision.reason, HasSubstr("it looks worse, but fewer than 250 reporting spans"));
  EXPECT_EQ(decision.further_spans, 50);
  input.reporting_spans = 250;
  EXPECT_EQ(DecideGate(input).verdict, GateVerdict::kRefuse);
}

TEST(Gate, NegativeEstimateIsNeverPromotedHoweverSmall) {
  EXPECT_EQ(DecideGate(Input(-0.0001, 0.001)).verdict, GateVerdict::kUndecided);
  EXPECT_EQ(DecideGate(Input(0, 0.001)).verdict, GateVerdict::kPromote);
}

TEST(Gate, MarginIsTheCallersChoice) {
  GateInput input = Input(0.01, 0.02);
  input.margin = 0.01;
  EXPECT_EQ(DecideGate(input).verdict, GateVerdict::kUndecided);
  input.margin = 0.016;
  EXPECT_EQ(DecideGate(input).verdict, GateVerdict::kPromote);
}

TEST(Gate, FurtherSpansWouldIndeedDecideIfTheEstimateStays) {
  for (const double value : {0.0, 0.01, -0.01, -0.02}) {
    const GateInput input = Input(value, 0.04);
    const GateDecision decision = DecideGate(input);
    ASSERT_EQ(decision.verdict, GateVerdict::kUndecided) << value;
    ASSERT_TRUE(decision.further_spans.has_value());
    EXPECT_THAT(decision.reason,
                HasSubstr(std::to_string(*decision.further_spans) + " more reporting spans"));
    const auto verdict_at = [&](int64_t further) {
      GateInput later = input;
      later.reporting_spans += further;
      later.difference.se *= std::sqrt(static_cast<double>(input.reporting_spans) /
                                       static_cast<double>(later.reporting_spans));
      return DecideGate(later).verdict;
    };
    EXPECT_EQ(verdict_at(*decision.further_spans + 1),
              value < 0 ? GateVerdict::kRefuse : GateVerdict::kPromote);
    EXPECT_EQ(verdict_at(*decision.further_spans - 2), GateVerdict::kUndecided);
  }
}

TEST(Gate, IsUndecidedOnFewSpansOrFewChanges) {
  for (const double value : {0.5, -0.5}) {
    GateInput input = Input(value, 0.001);
    input.reporting_spans = kMinReportingSpans - 1;
    EXPECT_EQ(DecideGate(input).verdict, GateVerdict::kUndecided);
    EXPECT_EQ(DecideGate(input).further_spans, 1);
    input.reporting_spans = kMinReportingSpans;
    EXPECT_NE(DecideGate(input).verdict, GateVerdict::kUndecided);
    input.changed_texts = kMinChangedTexts - 1;
    EXPECT_EQ(DecideGate(input).verdict, GateVerdict::kUndecided);
    EXPECT_EQ(DecideGate(input).further_spans, 6);
    EXPECT_THAT(DecideGate(input).reason, HasSubstr("fewer than 10 changed texts"));
  }
}

TEST(Gate, TellsNoNumberWhereNoneIsKnown) {
  GateInput unchanged = Input(0, 0);
  unchanged.changed_texts = 0;
  EXPECT_EQ(DecideGate(unchanged).verdict, GateVerdict::kUndecided);
  EXPECT_FALSE(DecideGate(unchanged).further_spans.has_value());
  EXPECT_FALSE(DecideGate(Input(-1e-6, 0.04)).further_spans.has_value());
  GateInput no_room = Input(0, 0.04);
  no_room.margin = 0;
  EXPECT_FALSE(DecideGate(no_room).further_spans.has_value());
}

TEST(Gate, IsUndecidedOnFiguresThatAreNotNumbers) {
  for (const Difference& difference :
       {Difference{std::nan(""), 0.1}, Difference{0.1, std::nan("")},
        Difference{0.1, std::numeric_limits<double>::infinity()}, Difference{0.1, -1}}) {
    GateInput input = Input(0, 0);
    input.difference = difference;
    const GateDecision decision = DecideGate(input);
    EXPECT_EQ(decision.verdict, GateVerdict::kUndecided);
    EXPECT_FALSE(decision.further_spans.has_value());
    EXPECT_THAT(decision.reason, Not(HasSubstr("nan")));
  }
}

TEST(Gate, TellsEarlierTries) {
  GateInput input = Input(0.013, 0.02);
  input.earlier_tries = 1;
  EXPECT_THAT(DecideGate(input).reason,
              HasSubstr("1 earlier version was compared on the same texts"));
  input.earlier_tries = 3;
  EXPECT_THAT(DecideGate(input).reason, HasSubstr("3 earlier versions were compared"));
}

// A hundred texts with two gold spans. The parent finds .8 of them and has .2 spurious spans per
// gold span; the new version differs on a tenth of the gold spans, of which it gains a share so
// that F1 moves by `true_difference`.
std::pair<double, double> PromotedAndRefused(double true_difference) {
  constexpr double kChanged = 0.1;
  // F_B = 2 (.8 + d) / (2 + d)  =>  d = 2 (F_B - .8) / (2 - F_B)
  const double d = 2 * true_difference / (1.2 - true_difference);
  const double gained = (kChanged + d) / 2, lost = (kChanged - d) / 2;
  Random random(31);
  constexpr int kRepetitions = 3000;
  double promoted = 0, refused = 0;
  for (int k = 0; k < kRepetitions; ++k) {
    std::vector<SpanCounts> a(100, SpanCounts{0, 0, 2}), b(100, SpanCounts{0, 0, 2});
    GateInput input;
    input.reporting_spans = 200;
    for (int t = 0; t < 100; ++t) {
      bool changed = false;
      for (int i = 0; i < 2; ++i) {
        const double u = random.Uniform();
        const bool in_b_only = u < gained, in_a_only = !in_b_only && u < gained + lost;
        const bool in_both = !in_b_only && !in_a_only && u < gained + 0.8;
        const int spurious = random.Uniform() < 0.2;
        changed |= in_a_only || in_b_only;
        a[t].tp += in_a_only || in_both;
        b[t].tp += in_b_only || in_both;
        a[t].predicted += spurious + (in_a_only || in_both);
        b[t].predicted += spurious + (in_b_only || in_both);
      }
      input.changed_texts += changed;
    }
    input.difference = *PairedF1Difference(a, b);
    const GateVerdict verdict = DecideGate(input).verdict;
    promoted += verdict == GateVerdict::kPromote;
    refused += verdict == GateVerdict::kRefuse;
  }
  return {promoted / kRepetitions, refused / kRepetitions};
}

TEST(Gate, PromotesAsOftenAsPublished) {
  struct Case {
    double true_difference, promoted;
  };
  for (const auto& [true_difference, promoted] :
       {Case{-0.05, 0}, Case{-0.03, 0.04}, Case{-0.02, 0.10}, Case{0, 0.51}, Case{0.02, 0.90},
        Case{0.03, 0.97}}) {
    EXPECT_NEAR(PromotedAndRefused(true_difference).first, promoted, 0.06) << true_difference;
  }
}

TEST(Gate, SeldomRefusesAnEqualVersionAndUsuallyAMuchWorseOne) {
  EXPECT_LT(PromotedAndRefused(0).second, 0.13);
  EXPECT_GT(PromotedAndRefused(-0.05).second, 0.95);
}

}  // namespace
}  // namespace winnow::stats

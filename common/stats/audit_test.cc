#include "common/stats/audit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/stats/agreement.h"
#include "common/stats/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

// The figures of repeated audits against the truth.
class Repeated {
 public:
  void Add(double value, const Interval& interval, double truth) {
    ++repetitions_;
    error_ += value - truth;
    covered_ += interval.lower <= truth && truth <= interval.upper;
  }
  double Bias() const { return error_ / repetitions_; }
  double Coverage() const { return covered_ / repetitions_; }

 private:
  double repetitions_ = 0;
  double error_ = 0;
  double covered_ = 0;
};

AskedAgreement NaiveAgreement(const std::vector<AuditText>& texts) {
  std::vector<AskedSpan> answers;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      if (item.answer == AuditAnswer::kYes || item.answer == AuditAnswer::kNo) {
        answers.push_back({item.predicted_a, item.answer == AuditAnswer::kYes});
      }
    }
  }
  return CountAgreement(answers);
}

std::vector<AuditPlan> PlansOfSizes(const std::vector<std::vector<FrameCandidate>>& texts,
                                    uint64_t seed) {
  std::vector<AuditPlan> plans;
  for (size_t t = 0; t < texts.size(); ++t)
    plans.push_back(*PlanAudit(texts[t], absl::StrCat("text ", t), seed));
  return plans;
}

TEST(AuditPlan, DependsOnTheTextAloneAndIsRepeatable) {
  const std::vector<FrameCandidate> candidates = {{0.5, false}, {0.9, true}, {0.02, false}};
  const AuditPlan once = *PlanAudit(candidates, "key", 3);
  const AuditPlan again = *PlanAudit(candidates, "key", 3);
  EXPECT_EQ(once.random, again.random);
  EXPECT_EQ(once.candidate, again.candidate);
  EXPECT_NE(once.random, PlanAudit(candidates, "key", 4)->random);
  EXPECT_NE(once.random, PlanAudit(candidates, "other key", 3)->random);
  EXPECT_NEAR(once.text_size, (0.5 + 0.05) + (0.3 + 0.15) + (0.14 + 0.05), 1e-12);
}

TEST(AuditPlan, TextWithoutCandidatesIsNeverAsked) {
  EXPECT_FALSE(PlanAudit({}, "key", 3).has_value());
}

TEST(AuditPlan, ProbabilityJustBeyondOneByRoundingStillHasASize) {
  EXPECT_EQ(CandidateSize({1 + 1e-15, true}), kPredictedFloor);
}

TEST(AuditPlan, SpanIsDrawnInProportionToItsSizeWhateverTheRank) {
  const std::vector<FrameCandidate> candidates = {{0.5, false}, {0.9, true}, {0.02, false}};
  std::vector<double> drawn(3), drawn_of_low(3);
  double low = 0;
  for (int k = 0; k < 20000; ++k) {
    const AuditPlan plan = *PlanAudit(candidates, absl::StrCat(k), 1);
    ASSERT_EQ(plan.span_size, CandidateSize(candidates[plan.candidate]));
    drawn[plan.candidate] += 1.0 / 20000;
    if (plan.random >= 0.2) continue;
    ++low;
    ++drawn_of_low[plan.candidate];
  }
  EXPECT_NEAR(low / 20000, 0.2, 0.01);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double share = CandidateSize(candidates[i]) / 1.19;
    EXPECT_NEAR(drawn[i], share, 0.012) << i;
    EXPECT_NEAR(drawn_of_low[i] / low, share, 0.025) << i;
  }
}

TEST(AuditSample, MoreQuestionsKeepTheEarlierOnes) {
  Random random(1);
  const Frame frame = MakeFrame(DrawPool(random, true, 200), 5);
  const std::vector<size_t> order = AskingOrder(frame.plans);
  for (const size_t asked : {1u, 10u, 100u}) {
    const double threshold = AuditThreshold(frame.plans, asked);
    for (size_t k = 0; k < order.size(); ++k) {
      EXPECT_EQ(frame.plans[order[k]].Rank() < threshold, k < asked) << k;
    }
  }
}

TEST(AuditSample, EveryTextAndSpanStandsForItselfOnAverage) {
  // Horvitz-Thompson: the mean of 1 / pi over the samples that contain a span is 1.
  const std::vector<std::vector<FrameCandidate>> texts = {{{0.5, true}},
                                                          {{0.1, false}, {0.8, true}},
                                                          {{0.02, false}},
                                                          {{0.99, true}},
                                                          {{0.3, false}, {0.3, false}}};
  std::vector<std::vector<double>> mean = {{0}, {0, 0}, {0}, {0}, {0, 0}};
  constexpr int kSeeds = 40000;
  constexpr size_t kAsked = 2;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const std::vector<AuditPlan> plans = PlansOfSizes(texts, seed);
    const std::vector<size_t> order = AskingOrder(plans);
    const double threshold = AuditThreshold(plans, kAsked);
    for (size_t k = 0; k < kAsked; ++k) {
      const AuditPlan& plan = plans[order[k]];
      mean[order[k]][plan.candidate] +=
          1 / InclusionProbability(threshold, plan.text_size, plan.span_size) / kSeeds;
    }
  }
  for (const std::vector<double>& text : mean) {
    for (const double span : text) EXPECT_NEAR(span, 1, 0.05);
  }
}

TEST(AuditSample, IsCertainWhenEveryTextWasAsked) {
  const std::vector<AuditPlan> plans =
      PlansOfSizes({{{0.5, true}}, {{0.1, false}, {0.8, true}}}, 1);
  EXPECT_EQ(AuditThreshold(plans, 2), std::numeric_limits<double>::infinity());
  EXPECT_EQ(AuditThreshold(plans, 9), std::numeric_limits<double>::infinity());
  EXPECT_EQ(InclusionProbability(AuditThreshold(plans, 2), 0.65, 0.65), 1);
  EXPECT_NEAR(InclusionProbability(AuditThreshold(plans, 2), 0.8, 0.2), 0.25, 1e-15);
}

struct AuditCase {
  bool calibrated;
  size_t answers;
};

class AuditSimulation : public testing::TestWithParam<AuditCase> {
 protected:
  static constexpr int kRepetitions = 1000;
  static constexpr int kTexts = 600;

  // Totals are unbiased; their ratios are only for many answers. The simulation's own error is at
  // most .004.
  static double BiasAllowed() { return GetParam().answers < 200 ? 0.015 : 0.01; }
};

TEST_P(AuditSimulation, IsUnbiasedAndCoversWhereTheNaiveFigureIsFarOff) {
  const auto [calibrated, answers] = GetParam();
  Random random(11);
  const Figures truth = Truth(DrawPool(random, calibrated, 200000), AuditModel::kA);
  Repeated precision, recall, f1, of_pool;
  double naive = 0;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const std::vector<AuditText> asked = Ask(pool, answers, random.Next());
    const AuditReport report = *EstimateFromAudit(asked, AuditModel::kA);
    precision.Add(report.precision.value, report.precision.interval, truth.precision);
    recall.Add(report.recall.value, report.recall.interval, truth.recall);
    f1.Add(report.f1.value, report.f1.interval, truth.f1);
    const Estimate f1_of_pool =
        EstimateFromAudit(asked, AuditModel::kA, {.scope = AuditScope::kThisPool})->f1;
    of_pool.Add(f1_of_pool.value, f1_of_pool.interval, Truth(pool, AuditModel::kA).f1);
    naive += NaiveAgreement(asked).share() / kRepetitions;
  }
  for (const auto& [name, figure] : {std::pair("precision", precision), std::pair("recall", recall),
                                     std::pair("f1", f1), std::pair("f1 of the pool", of_pool)}) {
    EXPECT_NEAR(figure.Bias(), 0, BiasAllowed()) << name;
    EXPECT_GE(figure.Coverage(), 0.90) << name;
    EXPECT_LE(figure.Coverage(), 0.99) << name;
  }
  EXPECT_NEAR(f1.Bias(), 0, 0.01);
  EXPECT_GT(naive - truth.f1, 0.15) << "naive " << naive << ", true F1 " << truth.f1;
}

TEST_P(AuditSimulation, DifferenceOfTwoModelsIsUnbiasedAndCovers) {
  const auto [calibrated, answers] = GetParam();
  Random random(12);
  const std::vector<Text> population = DrawPool(random, calibrated, 200000);
  const double truth = Truth(population, AuditModel::kB).f1 - Truth(population, AuditModel::kA).f1;
  Repeated difference;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const Difference d = *AuditF1Difference(Ask(pool, answers, random.Next()));
    difference.Add(d.value, d.TwoSided(0.95), truth);
  }
  EXPECT_NEAR(difference.Bias(), 0, BiasAllowed());
  EXPECT_GE(difference.Coverage(), 0.90);
  EXPECT_LE(difference.Coverage(), 0.99);
}

TEST_P(AuditSimulation, IgnoredQuestionsAreCompensatedAndCounted) {
  const auto [calibrated, answers] = GetParam();
  Random random(13);
  const Figures truth = Truth(DrawPool(random, calibrated, 200000), AuditModel::kA);
  Repeated f1;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const AuditReport report =
        *EstimateFromAudit(Ask(pool, answers, random.Next(), 4), AuditModel::kA);
    ASSERT_EQ(report.ignored, static_cast<int64_t>(answers / 4));
    ASSERT_EQ(report.answers + report.ignored, static_cast<int64_t>(answers));
    f1.Add(report.f1.value, report.f1.interval, truth.f1);
  }
  EXPECT_NEAR(f1.Bias(), 0, BiasAllowed());
  EXPECT_GE(f1.Coverage(), 0.90);
  EXPECT_LE(f1.Coverage(), 0.99);
}

INSTANTIATE_TEST_SUITE_P(Pools, AuditSimulation,
                         testing::Values(AuditCase{true, 60}, AuditCase{true, 200},
                                         AuditCase{false, 60}, AuditCase{false, 200}),
                         [](const testing::TestParamInfo<AuditCase>& info) {
                           return absl::StrCat(
                               info.param.calibrated ? "Calibrated" : "Miscalibrated",
                               info.param.answers);
                         });

}  // namespace
}  // namespace winnow::stats

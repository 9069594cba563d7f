#include <cmath>
#include <limits>
#include <vector>

#include "common/base/random.h"
#include "common/stats/audit.h"
#include "common/stats/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::HasSubstr;

// Thirty texts with an asked item and another, by hand.
std::vector<AuditText> SmallAudit() {
  std::vector<AuditText> texts;
  for (int t = 0; t < 30; ++t) {
    AuditItem asked{0.3 + 0.02 * t, t % 3 != 0, t % 2 == 0, 0.2 + 0.01 * t,
                    t % 4 == 0 ? AuditAnswer::kNo : AuditAnswer::kYes};
    AuditItem other{0.1, t % 5 == 0, t % 7 == 0, 0, AuditAnswer::kNotAsked};
    texts.push_back({asked, other});
  }
  return texts;
}

TEST(AuditEstimate, FollowsTheFormulaeWrittenOut) {
  const std::vector<AuditText> texts = SmallAudit();
  double tp = 0, gold = 0, predicted = 0;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      const bool sampled = item.answer != AuditAnswer::kNotAsked;
      const double right =
          item.p + (sampled ? ((item.answer == AuditAnswer::kYes) - item.p) / item.pi : 0);
      gold += right;
      tp += item.predicted_a ? right : 0;
      predicted += item.predicted_a;
    }
  }
  const double f = 2 * tp / (predicted + gold);
  double new_texts = 0, this_pool = 0;
  for (const AuditText& text : texts) {
    double e = 0;
    for (const AuditItem& item : text) {
      const double z = item.predicted_a;
      e += 2 * z * item.p - f * (z + item.p);
      if (item.answer == AuditAnswer::kNotAsked) continue;
      const double y = (2 * z - f) * ((item.answer == AuditAnswer::kYes) - item.p);
      e += y / item.pi;
      this_pool += (1 - item.pi) / (item.pi * item.pi) * y * y;
    }
    new_texts += e * e;
  }
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_NEAR(report.tp, tp, 1e-12);
  EXPECT_NEAR(report.gold, gold, 1e-12);
  EXPECT_NEAR(report.f1.value, f, 1e-12);
  EXPECT_NEAR(report.precision.value, tp / predicted, 1e-12);
  EXPECT_NEAR(report.recall.value, tp / gold, 1e-12);
  EXPECT_NEAR(report.f1.se, std::sqrt(30.0 / 29 * new_texts) / (predicted + gold), 1e-12);
  EXPECT_NEAR(EstimateFromAudit(texts, AuditModel::kA, {.scope = AuditScope::kThisPool})->f1.se,
              std::sqrt(this_pool) / (predicted + gold), 1e-12);
  EXPECT_TRUE(report.askable_only);
  EXPECT_EQ(report.predicted, static_cast<int64_t>(predicted));
}

TEST(AuditEstimate, GoldThatCannotBeAskedLowersRecallAndAddsItsVariance) {
  const std::vector<AuditText> texts = SmallAudit();
  const AuditReport without = *EstimateFromAudit(texts, AuditModel::kA);
  const AuditReport certain =
      *EstimateFromAudit(texts, AuditModel::kA, {.unaskable = UnaskableGold{10, 0}});
  const AuditReport uncertain =
      *EstimateFromAudit(texts, AuditModel::kA, {.unaskable = UnaskableGold{10, 25}});
  EXPECT_FALSE(certain.askable_only);
  EXPECT_EQ(certain.precision.value, without.precision.value);
  EXPECT_NEAR(certain.recall.value, without.tp / (without.gold + 10), 1e-12);
  const double denominator = certain.predicted + certain.gold;
  EXPECT_NEAR(uncertain.f1.se * uncertain.f1.se - certain.f1.se * certain.f1.se,
              25 * std::pow(certain.f1.value / denominator, 2), 1e-12);
  EXPECT_NEAR(uncertain.recall.se * uncertain.recall.se - certain.recall.se * certain.recall.se,
              25 * std::pow(certain.recall.value / certain.gold, 2), 1e-12);
}

TEST(AuditEstimate, IsTheTruthOfThePoolWhenEverySpanWasAnswered) {
  Random random(3);
  std::vector<Text> pool = DrawPool(random, false, 100);
  std::vector<AuditText> texts;
  for (Text& text : pool) {
    for (size_t i = 0; i < text.items.size(); ++i) {
      text.items[i].pi = 1;
      text.items[i].answer = text.right[i] ? AuditAnswer::kYes : AuditAnswer::kNo;
    }
    texts.push_back(text.items);
  }
  const AuditReport report =
      *EstimateFromAudit(texts, AuditModel::kB, {.scope = AuditScope::kThisPool});
  EXPECT_NEAR(report.f1.value, Truth(pool, AuditModel::kB).f1, 1e-12);
  EXPECT_NEAR(report.f1.interval.upper - report.f1.interval.lower, 0, 1e-12);
}

TEST(AuditEstimate, NoMistakeSeenIsStillUncertain) {
  std::vector<AuditText> texts(100, AuditText{{1.0, true, true, 1, AuditAnswer::kNotAsked}});
  for (int t = 0; t < 40; ++t) texts[t][0].answer = AuditAnswer::kYes;
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_EQ(report.precision.value, 1);
  EXPECT_NEAR(report.precision.interval.lower, WilsonInterval(40, 40, 0.95).lower, 1e-12);
  EXPECT_EQ(report.precision.interval.upper, 1);
}

TEST(AuditEstimate, FewAnswersSayNothing) {
  std::vector<AuditText> texts = SmallAudit();
  for (size_t t = kMinAnswers - 1; t < texts.size(); ++t)
    texts[t][0].answer = AuditAnswer::kNotAsked;
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_GT(report.f1.value, 0);
  EXPECT_EQ(report.f1.interval.lower, 0);
  EXPECT_EQ(report.f1.interval.upper, 1);
  EXPECT_EQ(AuditF1Difference(texts)->se, 1);
}

TEST(AuditEstimate, CountsPredictedSpansOutsideTheFrameNeitherAsRightNorAsWrong) {
  std::vector<AuditText> texts = SmallAudit();
  const AuditReport before = *EstimateFromAudit(texts, AuditModel::kB);
  const Difference difference = *AuditF1Difference(texts);
  texts[0].push_back({0.01, false, true, 0, AuditAnswer::kNotAsked, /*askable=*/false});
  EXPECT_EQ(EstimateFromAudit(texts, AuditModel::kA)->unchecked_predicted, 0);
  const AuditReport after = *EstimateFromAudit(texts, AuditModel::kB);
  EXPECT_EQ(after.unchecked_predicted, 1);
  EXPECT_EQ(after.predicted, before.predicted);
  EXPECT_EQ(after.f1.value, before.f1.value);
  EXPECT_EQ(after.f1.se, before.f1.se);
  EXPECT_EQ(AuditF1Difference(texts)->value, difference.value);
}

TEST(AuditEstimate, ModelThatPredictsNothingHasNoPrecision) {
  std::vector<AuditText> texts = SmallAudit();
  for (AuditText& text : texts) {
    for (AuditItem& item : text) item.predicted_a = false;
  }
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_EQ(report.f1.value, 0);
  EXPECT_EQ(report.precision.interval.lower, 0);
  EXPECT_EQ(report.precision.interval.upper, 1);
}

TEST(AuditEstimate, NoAnswerYetIsAnError) {
  const std::vector<AuditText> texts = {{{0.5, true, true, 0.5, AuditAnswer::kIgnored}}};
  EXPECT_EQ(EstimateFromAudit(texts, AuditModel::kA).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AuditF1Difference({}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AuditEstimate, NamesEverythingThatIsWrong) {
  const std::vector<AuditText> texts = {{{0.5, true, true, 0, AuditAnswer::kYes}},
                                        {{}, {std::nan(""), true, true, 0.5, AuditAnswer::kYes}}};
  const absl::Status status =
      EstimateFromAudit(texts, AuditModel::kA, {.confidence = 1, .unaskable = UnaskableGold{-1, 0}})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      testing::AllOf(HasSubstr("4 problems"), HasSubstr("texts[0][0]: was asked, but pi is 0"),
                     HasSubstr("texts[1][1]: p is nan"), HasSubstr("confidence"),
                     HasSubstr("unaskable.count")));
}

TEST(AuditDifference, IsExactlyZeroForEqualModels) {
  std::vector<AuditText> texts = SmallAudit();
  for (AuditText& text : texts) {
    for (AuditItem& item : text) item.predicted_b = item.predicted_a;
  }
  const Difference difference = *AuditF1Difference(texts);
  EXPECT_EQ(difference.value, 0);
  EXPECT_EQ(difference.se, 0);
}

TEST(AuditDifference, OfSimilarModelsIsMuchSurerThanTwoSeparateFigures) {
  Random random(5);
  std::vector<AuditText> texts = Ask(DrawPool(random, true, 600), 200, 1);
  for (size_t t = 0; t < texts.size(); ++t) {
    for (AuditItem& item : texts[t]) item.predicted_b = item.predicted_a != (t % 20 == 0);
  }
  const double separate = std::hypot(EstimateFromAudit(texts, AuditModel::kA)->f1.se,
                                     EstimateFromAudit(texts, AuditModel::kB)->f1.se);
  EXPECT_LT(AuditF1Difference(texts)->se, separate / 2);
}

}  // namespace
}  // namespace winnow::stats

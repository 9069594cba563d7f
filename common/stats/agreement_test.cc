#include "common/stats/agreement.h"

#include <cstddef>
#include <vector>

#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

TEST(CountAgreement, SplitsAnswersByWhatTheModelSays) {
  const std::vector<AskedSpan> answers = {{true, true},  {true, true},   {true, true},
                                          {true, false}, {false, false}, {false, false},
                                          {false, true}};
  const AskedAgreement counts = CountAgreement(answers);
  EXPECT_EQ(counts.accepted_predicted, 3);
  EXPECT_EQ(counts.rejected_predicted, 1);
  EXPECT_EQ(counts.accepted_other, 1);
  EXPECT_EQ(counts.rejected_other, 2);
  EXPECT_EQ(counts.answers(), 7);
  EXPECT_DOUBLE_EQ(counts.share(), 5.0 / 7);
  EXPECT_EQ(CountAgreement({}).share(), 0);
}

std::vector<JudgementPair> Pairs(int both_yes, int yes_no, int no_yes, int both_no) {
  std::vector<JudgementPair> pairs(both_yes, JudgementPair{1, 1});
  pairs.insert(pairs.end(), yes_no, JudgementPair{1, 0});
  pairs.insert(pairs.end(), no_yes, JudgementPair{0, 1});
  pairs.insert(pairs.end(), both_no, JudgementPair{0, 0});
  for (size_t i = 0; i < pairs.size(); ++i) pairs[i].text = i;
  return pairs;
}

TEST(MeasureAgreement, KappaOfATextbookTable) {
  // 20 both yes, 15 both no, 5 and 10 apart: observed .7, expected .5, kappa .4.
  const PairAgreement agreement = *MeasureAgreement(Pairs(20, 5, 10, 15));
  EXPECT_EQ(agreement.items, 50);
  EXPECT_NEAR(agreement.observed.value, 0.7, 1e-12);
  EXPECT_NEAR(agreement.expected, 0.5, 1e-12);
  EXPECT_NEAR(agreement.kappa.value, 0.4, 1e-12);
  EXPECT_NEAR(agreement.observed.interval.lower, WilsonInterval(35, 50, 0.95).lower, 0.002);
}

TEST(MeasureAgreement, IsZeroForIndependentAndMinusOneForOppositeJudges) {
  EXPECT_NEAR(MeasureAgreement(Pairs(8, 12, 32, 48))->kappa.value, 0, 1e-12);
  EXPECT_NEAR(MeasureAgreement(Pairs(0, 10, 10, 0))->kappa.value, -1, 1e-12);
}

TEST(MeasureAgreement, OneSingleCategoryIsFullAgreement) {
  for (int items = 1; items < 20; ++items) {
    EXPECT_EQ(MeasureAgreement(Pairs(items, 0, 0, 0))->kappa.value, 1);
    EXPECT_EQ(MeasureAgreement(Pairs(items, 0, 0, 0))->observed.value, 1);
  }
}

TEST(MeasureAgreement, TakesAnyCategories) {
  const std::vector<JudgementPair> pairs = {{-5, -5}, {0, 0}, {7, 7}, {7, 0}};
  // Observed 3/4; expected 1/16 + (1/4)(1/2) + (1/2)(1/4).
  EXPECT_NEAR(MeasureAgreement(pairs)->kappa.value, (0.75 - 0.3125) / (1 - 0.3125), 1e-12);
}

TEST(MeasureAgreement, TheIntervalOfKappaIsWiderWhereAnswersComeFromFewerTexts) {
  const std::vector<JudgementPair> apart = Pairs(200, 50, 100, 150);
  std::vector<JudgementPair> together = apart;
  for (size_t i = 0; i < together.size(); ++i) together[i].text = i / 10;
  const auto width = [](const std::vector<JudgementPair>& pairs) {
    const Interval interval = MeasureAgreement(pairs)->kappa.interval.value();
    EXPECT_LT(interval.lower, 0.4);
    EXPECT_GT(interval.upper, 0.4);
    return interval.upper - interval.lower;
  };
  // The large-sample standard error of Fleiss, Cohen and Everitt (1969) is .0397 here.
  EXPECT_NEAR(width(apart), 2 * 1.96 * 0.0397, 0.02);
  EXPECT_GT(width(together), 2 * width(apart));
  EXPECT_FALSE(MeasureAgreement(Pairs(5, 0, 0, 5))->kappa.interval.has_value());
}

TEST(MeasureAgreement, RefusesNothingToCompare) {
  EXPECT_EQ(MeasureAgreement({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MeasureAgreement(Pairs(1, 1, 1, 1), {.confidence = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::stats

#include "common/ner/reliability.h"

#include <cmath>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::SizeIs;

TEST(MeasureReliabilityTest, ByHand) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 20; ++i)
    outcomes.push_back({.probability = (i + 0.5) / 20, .happened = i >= 10});
  const Reliability reliability = MeasureReliability(outcomes);
  ASSERT_THAT(reliability.bins, SizeIs(10));
  double ece = 0, brier = 0;
  for (int bin = 0; bin < 10; ++bin) {
    EXPECT_EQ(reliability.bins[bin].count, 2u);
    EXPECT_NEAR(reliability.bins[bin].probability, (2 * bin + 1) / 20.0, 1e-12);
    EXPECT_EQ(reliability.bins[bin].frequency, bin >= 5);
    ece += std::abs((2 * bin + 1) / 20.0 - (bin >= 5)) / 10;
  }
  for (const Outcome& o : outcomes)
    brier += (o.probability - o.happened) * (o.probability - o.happened) / 20;
  EXPECT_NEAR(reliability.ece, ece, 1e-12);
  EXPECT_NEAR(reliability.brier, brier, 1e-12);
}

TEST(MeasureReliabilityTest, EqualProbabilitiesStayTogetherAndWeightsCount) {
  std::vector<Outcome> outcomes(30, {.probability = 0.3, .happened = false, .weight = 1});
  outcomes[0] = {.probability = 0.3, .happened = true, .weight = 29};
  const Reliability reliability = MeasureReliability(outcomes);
  ASSERT_THAT(reliability.bins, SizeIs(1));
  EXPECT_EQ(reliability.bins[0].count, 30u);
  EXPECT_NEAR(reliability.bins[0].frequency, 0.5, 1e-12);
  EXPECT_NEAR(reliability.ece, 0.2, 1e-12);
  EXPECT_THAT(MeasureReliability({}).bins, SizeIs(0));
}

TEST(PerfectEceTest, IsWhatAPerfectScoreExceedsOnceInTenTimes) {
  Random random(3);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 400; ++i) outcomes.push_back({random.Uniform(), false});
  const double bound = PerfectEce(outcomes);
  EXPECT_GT(bound, 0.03);
  EXPECT_LT(bound, 0.07);
  int above = 0;
  for (int draw = 0; draw < 300; ++draw) {
    for (Outcome& outcome : outcomes) outcome.happened = random.Uniform() < outcome.probability;
    above += MeasureReliability(outcomes).ece > bound;
  }
  EXPECT_NEAR(above, 30, 20);
}

}  // namespace
}  // namespace winnow::ner

#include "common/stats/intervals.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

TEST(NormalQuantile, KnownValues) {
  EXPECT_NEAR(NormalQuantile(0.5), 0, 1e-15);
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalQuantile(0.9), 1.2815515655446004, 1e-12);
  EXPECT_NEAR(NormalQuantile(1e-10), -6.361340902404056, 1e-11);
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  for (double p = 1e-300; p < 0.5; p *= 7) {
    EXPECT_NEAR(NormalCdf(NormalQuantile(p)) / p, 1, 1e-11) << p;
  }
  for (double p = 0.01; p < 1; p += 0.01) {
    EXPECT_NEAR(NormalCdf(NormalQuantile(p)), p, 1e-14);
    EXPECT_NEAR(NormalQuantile(p), -NormalQuantile(1 - p), 1e-12);
  }
}

TEST(NormalQuantile, IsInfiniteBeyondTheProbabilities) {
  EXPECT_EQ(NormalQuantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(NormalQuantile(-1), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(NormalQuantile(1), std::numeric_limits<double>::infinity());
}

TEST(StudentQuantile, PublishedTable) {
  EXPECT_NEAR(StudentQuantile(0.975, 3), 3.182, 0.032);
  EXPECT_NEAR(StudentQuantile(0.975, 5), 2.571, 0.01);
  EXPECT_NEAR(StudentQuantile(0.95, 10), 1.812, 0.001);
  EXPECT_NEAR(StudentQuantile(0.975, 1e9), NormalQuantile(0.975), 1e-6);
  EXPECT_NEAR(StudentQuantile(0.05, 10), -1.812, 0.001);
}

TEST(WilsonInterval, PublishedExamples) {
  // 78 of 100, and Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  EXPECT_NEAR(WilsonInterval(78, 100, 0.95).lower, 0.689, 0.0005);
  EXPECT_NEAR(WilsonInterval(78, 100, 0.95).upper, 0.850, 0.0005);
  EXPECT_NEAR(WilsonInterval(81, 263, 0.95).lower, 0.2553, 0.00005);
  EXPECT_NEAR(WilsonInterval(81, 263, 0.95).upper, 0.3662, 0.00005);
  EXPECT_NEAR(WilsonInterval(15, 148, 0.95).lower, 0.0624, 0.00005);
  EXPECT_NEAR(WilsonInterval(15, 148, 0.95).upper, 0.1605, 0.00005);
  EXPECT_NEAR(WilsonInterval(0, 20, 0.95).upper, 0.1611, 0.00005);
  EXPECT_NEAR(WilsonInterval(1, 29, 0.95).lower, 0.0061, 0.00005);
}

TEST(WilsonInterval, EndsSolveTheScoreEquation) {
  const Interval interval = WilsonInterval(7.5, 31.2, 0.9);
  const double share = 7.5 / 31.2;
  for (const double end : {interval.lower, interval.upper}) {
    EXPECT_NEAR(std::abs(share - end) / std::sqrt(end * (1 - end) / 31.2), NormalQuantile(0.95),
                1e-12);
  }
}

TEST(WilsonInterval, SaysNothingWithoutTrials) {
  EXPECT_EQ(WilsonInterval(0, 0, 0.95).lower, 0);
  EXPECT_EQ(WilsonInterval(0, 0, 0.95).upper, 1);
  EXPECT_EQ(WilsonInterval(1, std::nan(""), 0.95).upper, 1);
}

TEST(LogitInterval, IsSymmetricOnTheLogitScaleAndStaysInside) {
  const Interval interval = LogitInterval(0.9, 0.05, 0.95);
  const auto logit = [](double p) { return std::log(p / (1 - p)); };
  EXPECT_NEAR(logit(interval.upper) - logit(0.9), NormalQuantile(0.975) * 0.05 / 0.09, 1e-10);
  EXPECT_NEAR(logit(0.9) - logit(interval.lower), NormalQuantile(0.975) * 0.05 / 0.09, 1e-10);
  const Interval wide = LogitInterval(0.9, 0.05, 0.95, 1.1);
  EXPECT_NEAR((logit(wide.upper) - logit(0.9)) / (logit(interval.upper) - logit(0.9)), 1.1, 1e-10);
  EXPECT_GE(LogitInterval(1e-9, 0.3, 0.95).lower, 0);
  EXPECT_LE(LogitInterval(1e-9, 0.3, 0.95).upper, 1);
}

TEST(Difference, OneSidedBoundsAreTighterThanTheTwoSidedInterval) {
  const Difference difference{0.01, 0.02};
  EXPECT_NEAR(difference.LowerBound(0.9), 0.01 - 1.2815515655446004 * 0.02, 1e-12);
  EXPECT_NEAR(difference.UpperBound(0.9), 0.01 + 1.2815515655446004 * 0.02, 1e-12);
  EXPECT_EQ(difference.TwoSided(0.8).lower, difference.LowerBound(0.9));
  EXPECT_EQ(difference.TwoSided(0.8).upper, difference.UpperBound(0.9));
  EXPECT_EQ((Difference{0, 5}).TwoSided(0.95).lower, -1);
  EXPECT_EQ((Difference{0, 5}).TwoSided(0.95).upper, 1);
}

}  // namespace
}  // namespace winnow::stats

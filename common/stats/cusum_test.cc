#include "common/stats/cusum.h"

#include <cmath>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

// The mean number of trials until S reaches the threshold.
double MeanRunLength(double rate, int num_runs) {
  Random random(7);
  double total = 0;
  for (int run = 0; run < num_runs; ++run) {
    for (double s = 0; s < kCusumThreshold; ++total)
      s = NextCusum(s, random.Uniform() < rate, 0.95, 0.85);
  }
  return total / num_runs;
}

std::vector<bool> Trials(double rate, int num_trials, Random& random) {
  std::vector<bool> trials;
  for (int i = 0; i < num_trials; ++i) trials.push_back(random.Uniform() < rate);
  return trials;
}

TEST(NextCusum, IsTheLogLikelihoodRatioFromZeroOn) {
  EXPECT_NEAR(NextCusum(1, true, 0.95, 0.85), 1 + std::log(0.85 / 0.95), 1e-12);
  EXPECT_NEAR(NextCusum(1, false, 0.95, 0.85), 1 + std::log(3), 1e-12);
  EXPECT_EQ(NextCusum(0.05, true, 0.95, 0.85), 0);
}

TEST(NextCusum, AlarmsAsSeldomAndAsSoonAsItsHeaderSays) {
  EXPECT_NEAR(MeanRunLength(0.95, 1000), 1538, 150);
  EXPECT_NEAR(MeanRunLength(0.85, 4000), 49, 3);
}

TEST(HasDrifted, TellsAFallFromSteadyWork) {
  Random random(11);
  int num_fallen = 0;
  int num_steady = 0;
  int num_steady_but_poor = 0;
  for (int person = 0; person < 500; ++person) {
    std::vector<bool> fallen = Trials(0.95, 40, random);
    const std::vector<bool> after = Trials(0.75, 60, random);
    fallen.insert(fallen.end(), after.begin(), after.end());
    num_fallen += HasDrifted(fallen);
    num_steady += HasDrifted(Trials(0.95, 100, random));
    num_steady_but_poor += HasDrifted(Trials(0.8, 100, random));
  }
  EXPECT_GT(num_fallen, 400);
  EXPECT_LT(num_steady, 50);
  // Whoever is poor from the beginning has not become so, though the prior thinks better of them.
  EXPECT_LT(num_steady_but_poor, num_fallen / 2);
}

TEST(HasDrifted, NeedsMoreThanTheBaseline) {
  EXPECT_FALSE(HasDrifted({}));
  EXPECT_FALSE(HasDrifted(std::vector<bool>(kCusumBaseline, false)));
}

}  // namespace
}  // namespace winnow::stats

#include "common/stats/mace.h"

#include <vector>

#include "common/base/status.h"
#include "common/stats/judgements_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::DoubleNear;

auto Near(std::vector<double> values) {
  std::vector<testing::Matcher<double>> near;
  for (const double value : values) near.push_back(DoubleNear(value, 1e-4));
  return testing::ElementsAreArray(near);
}

constexpr MaceOptions kToTheEnd = {.tolerance = 1e-10, .max_iterations = 10'000};

// Figures of crowd-kit 1.4.2, method "vb", after 2,000 and 3,000 iterations.
TEST(FitMace, FindsWhatCrowdKitFinds) {
  const MaceFit five = *FitMace(
      FromRows({"012012012012", "012012112012", "0120 2012212", "110 0120 002", "2201 1002101"}, 3),
      kToTheEnd);
  EXPECT_TRUE(five.converged);
  EXPECT_THAT(five.competences, Near({0.95428, 0.84083, 0.82655, 0.04340, 0.02041}));
  EXPECT_THAT(five.guesses[3], Near({0.36785, 0.31631, 0.29050}));
  EXPECT_THAT(five.posteriors[6], Near({0.99489, 0.00484, 0.00027}));

  const MaceFit anaesthetists = *FitMace(Anaesthetists(), kToTheEnd);
  EXPECT_THAT(anaesthetists.competences, Near({0.82471, 0.61710, 0.73688, 0.81030, 0.75245}));
  EXPECT_THAT(anaesthetists.guesses[1], Near({0.21690, 0.25126, 0.30044, 0.20502}));
  EXPECT_THAT(anaesthetists.posteriors[35], Near({0.00001, 0.00001, 0.94898, 0.05100}));
}

TEST(FitMace, FindsWhoDoesNotLook) {
  // People who know 95 %, 80 %, 60 % and nothing, and guess "no" otherwise.
  std::vector<Judge> judges;
  for (const double competence : {0.95, 0.8, 0.6, 0.0}) judges.push_back({competence, 1});
  const MaceFit fit = *FitMace(Simulate(judges, 5'000, 1, 1));
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.competences[0], 0.95, 0.04);
  EXPECT_NEAR(fit.competences[1], 0.8, 0.04);
  EXPECT_NEAR(fit.competences[2], 0.6, 0.04);
  EXPECT_LT(fit.competences[3], 0.1);
  EXPECT_GT(fit.guesses[3][0], 0.95);
}

TEST(FitMace, RefusesEverythingThatIsWrongAtOnce) {
  Judgements judgements = FromRows({"01", "01"}, 2);
  judgements.item_texts.push_back(2);
  const absl::Status status = FitMace(judgements, {.tolerance = -1, .max_iterations = 0}).status();
  EXPECT_EQ(Violations::CountOf(status), 3u);
}

}  // namespace
}  // namespace winnow::stats

#include "common/stats/dawid_skene.h"

#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/stats/judgements_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr DawidSkeneOptions kMaximumLikelihood = {
    .prior_right = 0, .prior_wrong = 0, .tolerance = 1e-9, .max_iterations = 10'000};

auto Near(std::vector<double> values) {
  std::vector<testing::Matcher<double>> near;
  for (const double value : values) near.push_back(DoubleNear(value, 1e-4));
  return testing::ElementsAreArray(near);
}

TEST(FitDawidSkene, FindsWhatItsAuthorsFoundOfAnaesthetists) {
  const DawidSkeneFit fit = *FitDawidSkene(Anaesthetists(), kMaximumLikelihood);
  EXPECT_TRUE(fit.converged);
  // The paper's table 2 has .40, .42, .11, .07 and, of observer 1, .89, .88, .66, .44; the further
  // digits are those of crowd-kit 1.4.2 after 1,000 iterations.
  EXPECT_THAT(fit.prevalence, Near({0.39955, 0.42198, 0.11180, 0.06667}));
  EXPECT_THAT(fit.responses[0][0], Near({0.88949, 0.11051, 0, 0}));
  EXPECT_THAT(fit.responses[0][1], Near({0.07059, 0.87638, 0.05303, 0}));
  EXPECT_THAT(fit.responses[0][2], Near({0, 0.33882, 0.66118, 0}));
  EXPECT_THAT(fit.responses[0][3], Near({0, 0, 0.55556, 0.44444}));
  EXPECT_THAT(fit.responses[4][1], Near({0.15904, 0.73452, 0.10644, 0}));
  EXPECT_THAT(fit.posteriors[6], Near({0.9810, 0.0190, 0, 0}));
  EXPECT_THAT(fit.posteriors[37], Near({0, 0.0212, 0.9788, 0}));
}

TEST(FitDawidSkene, FindsTheRatesThatJudgesHave) {
  const std::vector<Judge> judges = {{0.95, 0.9}, {0.7, 0.95}, {0.85, 0.6}, {0.9, 0.8}};
  const DawidSkeneFit fit = *FitDawidSkene(Simulate(judges, 20'000, 0.8, 1), kMaximumLikelihood);
  EXPECT_NEAR(fit.prevalence[1], 0.3, 0.02);
  for (size_t person = 0; person < judges.size(); ++person) {
    EXPECT_NEAR(fit.responses[person][1][1], judges[person].accepts_right, 0.03) << person;
    EXPECT_NEAR(fit.responses[person][0][0], judges[person].rejects_wrong, 0.03) << person;
  }
}

TEST(FitDawidSkene, ThePriorHoldsPeopleWithFewAnswersNearItself) {
  Judgements judgements = Simulate({{0.9, 0.9}, {0.9, 0.9}, {0.9, 0.9}}, 500, 1, 2);
  // A newcomer, whose first answer is unlike everybody else's.
  judgements.num_people = 4;
  const size_t said = judgements.all[0].category;
  judgements.all.push_back({0, 3, 1 - said});
  const DawidSkeneFit fit = *FitDawidSkene(judgements);
  const DawidSkeneFit unguided = *FitDawidSkene(judgements, kMaximumLikelihood);
  for (size_t t = 0; t < 2; ++t) {
    EXPECT_GT(fit.responses[3][t][t], 0.89);
    EXPECT_NEAR(fit.responses[0][t][t], 0.9, 0.06);
  }
  // The mode under Beta(19, 2), (sum q a + 18) / (sum q + 19), of one wrong answer.
  const size_t truth = fit.posteriors[0][0] > 0.5 ? 0 : 1;
  EXPECT_NEAR(fit.responses[3][truth][truth], 18.0 / 20, 0.005);
  EXPECT_LT(unguided.responses[3][truth][truth], 0.01);
}

TEST(FitDawidSkene, OutweighsAMajorityOfGuesses) {
  const std::vector<Judge> judges = {
      {0.97, 0.97}, {0.97, 0.97}, {0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}};
  const Judgements judgements = Simulate(judges, 2'000, 1, 3);
  const DawidSkeneFit fit = *FitDawidSkene(judgements);
  int beside_the_good_ones = 0;
  for (size_t item = 0; item < judgements.num_items(); ++item) {
    const size_t first = judgements.all[item * 5].category;
    if (first != judgements.all[item * 5 + 1].category) continue;
    beside_the_good_ones += fit.posteriors[item][first] < 0.5;
  }
  EXPECT_LE(beside_the_good_ones, 10);
}

TEST(FitDawidSkene, StopsAtTheBoundAndSaysSo) {
  const DawidSkeneFit fit = *FitDawidSkene(Anaesthetists(), {.tolerance = 0, .max_iterations = 3});
  EXPECT_EQ(fit.iterations, 3);
  EXPECT_FALSE(fit.converged);
}

TEST(FitDawidSkene, RefusesEverythingThatIsWrongAtOnce) {
  Judgements judgements = FromRows({"01", "01"}, 2);
  judgements.item_texts.push_back(2);
  const absl::Status status =
      FitDawidSkene(judgements,
                    {.prior_right = -1, .prior_wrong = -1, .tolerance = -1, .max_iterations = 0})
          .status();
  EXPECT_EQ(Violations::CountOf(status), 5u);
  EXPECT_THAT(std::string(status.message()), HasSubstr("item 2: has no judgement"));
}

TEST(FitDawidSkene, ItemsOfWhichTheCategoryIsKnownTellByThemselves) {
  Judgements nothing;
  nothing.num_people = 2;
  // 3 of 24 wrong ones accepted, 1 of 10 right ones rejected; nothing of the second person.
  const DawidSkeneFit fit =
      *FitDawidSkene(nothing, {.known = {{{21, 3}, {1, 9}}, {{0, 0}, {0, 0}}}});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.responses[0][0][1], (3 + 1) / (24 + 19.0), 1e-12);
  EXPECT_NEAR(fit.responses[0][1][0], (1 + 1) / (10 + 19.0), 1e-12);
  EXPECT_NEAR(fit.responses[1][1][0], 1 / 19.0, 1e-12);
}

TEST(FitDawidSkene, KnownItemsIdentifyTwoPeopleOfWhomOneIsOftenWrong) {
  const std::vector<Judge> judges = {{0.95, 0.95}, {0.6, 0.7}};
  const Judgements judgements = Simulate(judges, 2'000, 1, 5);
  DawidSkeneOptions options = {.prior_right = 0, .prior_wrong = 0};
  options.known = {{{95, 5}, {5, 95}}, {{70, 30}, {40, 60}}};
  const DawidSkeneFit fit = *FitDawidSkene(judgements, options);
  for (size_t person = 0; person < judges.size(); ++person) {
    EXPECT_NEAR(fit.responses[person][1][1], judges[person].accepts_right, 0.05) << person;
    EXPECT_NEAR(fit.responses[person][0][0], judges[person].rejects_wrong, 0.05) << person;
  }
}

}  // namespace
}  // namespace winnow::stats

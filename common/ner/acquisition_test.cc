#include "common/ner/acquisition.h"

#include <cmath>
#include <vector>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

double Weigh(const Evidence& evidence) {
  return (*FindAcquisitionFunction("uncertainty"))(evidence);
}

TEST(Uncertainty, PrefersWhatTheModelDoesNotKnow) {
  EXPECT_GT(Weigh({.probability = 0.5, .num_tokens = 10}),
            Weigh({.probability = 0.9, .num_tokens = 10}));
  EXPECT_EQ(Weigh({.probability = 1, .num_tokens = 10}), 0);
}

TEST(Uncertainty, PrefersShortTexts) {
  EXPECT_GT(Weigh({.probability = 0.5, .num_tokens = 5}),
            Weigh({.probability = 0.5, .num_tokens = 100}));
}

TEST(Uncertainty, AStringRejectedBeforeIsAskedRarelyButNotNever) {
  const double fresh = Weigh({.probability = 0.5, .num_tokens = 10});
  const double rejected =
      Weigh({.probability = 0.5, .num_tokens = 10, .memory = {.num_asked = 3, .num_rejected = 3}});
  EXPECT_LT(rejected, fresh / 4);
  EXPECT_GT(rejected, 0);
}

TEST(IsSettled, WhatWasAlwaysRejectedUnlessTheModelThinksItLikely) {
  EXPECT_TRUE(IsSettled({0.05, 10, {1, 1}}));
  EXPECT_FALSE(IsSettled({0.1, 10, {1, 1}})) << "the model has not learnt it";
  EXPECT_FALSE(IsSettled({0.05, 10, {2, 1}})) << "it depends on the text";
  EXPECT_FALSE(IsSettled({0.05, 10, {0, 0}}));
}

TEST(MarkupWorth, IsTheLogProbabilityByTokenAndSecond) {
  // Ten tokens are 2 + 10 * 0.05 seconds.
  EXPECT_NEAR(MarkupWorth(std::log(0.25), 10), std::log(4) / (10 * 2.5), 1e-12);
  EXPECT_EQ(MarkupWorth(0, 10), 0);
  EXPECT_EQ(MarkupWorth(0, 0), 0);
  EXPECT_GT(MarkupWorth(std::log(0.5), 10), MarkupWorth(std::log(0.9), 10));
  EXPECT_GT(MarkupWorth(std::log(0.5), 10), MarkupWorth(std::log(0.5), 11));
}

TEST(FindAcquisitionFunction, FindsAllAndNamesThemWhenItRefuses) {
  const absl::Status refusal = FindAcquisitionFunction("certainty").status();
  for (const Acquisition& acquisition : Acquisitions()) {
    EXPECT_EQ(*FindAcquisitionFunction(acquisition.name), acquisition.weigh);
    EXPECT_THAT(refusal.message(), testing::HasSubstr(acquisition.name));
  }
}

TEST(Acquisitions, NothingIsLearntFromACertainAnswer) {
  for (const Acquisition& acquisition : Acquisitions()) {
    if (acquisition.name == "random") continue;
    EXPECT_EQ(acquisition.weigh({.probability = 0, .num_tokens = 10}), 0) << acquisition.name;
    EXPECT_EQ(acquisition.weigh({.probability = 1, .num_tokens = 10}), 0) << acquisition.name;
    EXPECT_GT(acquisition.weigh({.probability = 0.5, .num_tokens = 10}),
              acquisition.weigh({.probability = 0.1, .num_tokens = 10}))
        << acquisition.name;
  }
}

TEST(Acquisitions, DeviationAndEntropyFollowTheirFormulae) {
  const Evidence even{.probability = 0.5, .num_tokens = 10},
      rare{.probability = 0.1, .num_tokens = 10};
  const AcquisitionFunction deviation = *FindAcquisitionFunction("deviation");
  const AcquisitionFunction entropy = *FindAcquisitionFunction("entropy");
  EXPECT_NEAR(deviation(rare) / deviation(even), 0.6, 1e-12);
  EXPECT_NEAR(entropy(rare) / entropy(even), 0.46899559358928, 1e-9);
}

TEST(OrderByTurn, NearDuplicatesWait) {
  const std::vector<KeyedQuestion> questions = {
      {0.4, 2, "c"}, {0.1, 0, "a"}, {0.2, 0, "b"}, {0.3, 1, "a"}, {0.5, 0, "d"}};
  EXPECT_THAT(OrderByTurn(questions), testing::ElementsAre(1, 0, 2, 3, 4));
}

TEST(SamplingKey, DrawsInProportionToAPowerOfTheWeight) {
  Random random(7);
  int first_wins = 0, first_wins_sharply = 0;
  for (int i = 0; i < 20000; ++i) {
    first_wins += SamplingKey(3, random.Uniform(), 1) < SamplingKey(1, random.Uniform(), 1);
    first_wins_sharply += SamplingKey(3, random.Uniform(), 2) < SamplingKey(1, random.Uniform(), 2);
  }
  EXPECT_NEAR(first_wins / 20000.0, 0.75, 0.01);
  EXPECT_NEAR(first_wins_sharply / 20000.0, 0.9, 0.01);
  EXPECT_TRUE(std::isinf(SamplingKey(0, 0.5)));
  EXPECT_FALSE(std::isinf(SamplingKey(1e-300, 0.5)));
}

}  // namespace
}  // namespace winnow::ner

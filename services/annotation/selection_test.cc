#include "services/annotation/selection.h"

#include <cmath>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

double Weigh(const QuestionView& question) { return (*FindAcquisitionFunction("uncertainty"))(question); }

TEST(Uncertainty, PrefersWhatTheModelDoesNotKnow) {
  EXPECT_GT(Weigh({.probability = 0.5, .num_tokens = 10}), Weigh({.probability = 0.9, .num_tokens = 10}));
  EXPECT_EQ(Weigh({.probability = 1, .num_tokens = 10}), 0);
}

TEST(Uncertainty, PrefersShortTexts) {
  EXPECT_GT(Weigh({.probability = 0.5, .num_tokens = 5}), Weigh({.probability = 0.5, .num_tokens = 100}));
}

TEST(Uncertainty, AStringRejectedBeforeIsAskedRarelyButNotNever) {
  const double fresh = Weigh({.probability = 0.5, .num_tokens = 10});
  const double rejected = Weigh({.probability = 0.5, .num_tokens = 10, .memory = {.num_asked = 3, .num_rejected = 3}});
  EXPECT_LT(rejected, fresh / 4);
  EXPECT_GT(rejected, 0);
}

TEST(FindAcquisitionFunction, RefusesUnknownNames) {
  EXPECT_FALSE(FindAcquisitionFunction("certainty").ok());
  EXPECT_TRUE(FindAcquisitionFunction("random").ok());
}

TEST(SamplingKey, DrawsInProportionToTheWeight) {
  Random random(7);
  int first_wins = 0;
  for (int i = 0; i < 20000; ++i) {
    first_wins += SamplingKey(3, random.Uniform()) < SamplingKey(1, random.Uniform());
  }
  EXPECT_NEAR(first_wins / 20000.0, 0.75, 0.01);
  EXPECT_TRUE(std::isinf(SamplingKey(0, 0.5)));
}

}  // namespace
}  // namespace winnow::annotation

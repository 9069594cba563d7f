#include "common/ner/gradient.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "common/base/random.h"
#include "common/ner/brute_force.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

// E[C], the number of tokens in entities, under the free lattice.
double NumInEntities(const SmallProblem& problem) {
  const TransitionFactors factors(problem.transitions, 1);
  Lattice lattice;
  EXPECT_TRUE(lattice.Forward(problem.scores, problem.num_tokens, factors));
  lattice.Backward();
  double number = 0;
  std::vector<double> marginals(TagSet(problem.num_labels).num_tags());
  for (size_t t = 0; t < problem.num_tokens; ++t) {
    lattice.Marginals(t, marginals.data());
    number += 1 - marginals[0];
  }
  return number;
}

TEST(GradientTest, EntityRatioIsOfSomeLabelsOnly) {
  Random random(3);
  SmallProblem problem(2, 5, random, 1);
  Example example;
  example.features.begins.assign(problem.num_tokens + 1, 0);
  example.constraint.weighted = {{{0, 1, 0}, 1 + 1e-9}};
  const TransitionFactors factors(problem.transitions, 1);
  double sum = 0;
  for (const std::vector<uint8_t>& labels : {std::vector<uint8_t>{1, 0}, {0, 1}}) {
    GradientCalculator calculator;
    Gradient gradient;
    calculator.Calculate(example, problem.scores, problem.transitions, factors, {40, labels},
                         gradient);
    sum += gradient.num_in_entities;
    for (size_t i = 0; i < gradient.emissions.size(); ++i) {
      if (labels[i % 2] == 1) {
        EXPECT_GE(gradient.emissions[i], 0) << i;  // 0: no entity ends at the first token
      }
    }
  }
  EXPECT_NEAR(sum, NumInEntities(problem), 1e-6);
  // A text that is learnt counts by its path.
  const TagSet tags(2);
  const auto tag = [](int number) { return static_cast<uint16_t>(number); };
  example.constraint = {.path = {0, tag(tags.Single(1)), 0, tag(tags.Begin(0)), tag(tags.End(0))}};
  for (size_t t = 0; t < 5; ++t) {
    for (size_t y = 1; y <= 8; ++y)
      problem.scores[t * 8 + y - 1] = example.constraint.path[t] == y ? 50 : -50;
  }
  const std::vector<uint8_t> first = {1, 0};
  Gradient gradient;
  GradientCalculator().Calculate(example, problem.scores, problem.transitions, factors, {0, first},
                                 gradient);
  EXPECT_EQ(gradient.num_in_entities, 2);
  EXPECT_TRUE(gradient.tokens.empty());
}

TEST(GradientTest, EntityRatioAddsTheDerivativeOfTheNumberOfTokensInEntities) {
  constexpr double kWeight = 40;
  constexpr float kStep = 1.0f / 128;
  Random random(3);
  for (int repetition = 0; repetition < 6; ++repetition) {
    const int labels = 1 + repetition % 3;
    SmallProblem problem(labels, 5, random, 1);
    Example example;
    example.features.begins.assign(problem.num_tokens + 1, 0);
    // Says next to nothing: the gradient is that of the ratio.
    example.constraint.weighted = {{{0, 1, 0}, 1 + 1e-9}};
    const auto derivative = [&](float& parameter) {
      const float value = parameter;
      parameter = value + kStep;
      const double above = NumInEntities(problem);
      parameter = value - kStep;
      const double below = NumInEntities(problem);
      parameter = value;
      return kWeight * (above - below) / (2 * double{kStep});
    };
    const std::vector<uint8_t> all(static_cast<size_t>(labels), 1);
    GradientCalculator calculator;
    Gradient gradient;
    calculator.Calculate(example, problem.scores, problem.transitions,
                         TransitionFactors(problem.transitions, 1), {kWeight, all}, gradient);
    EXPECT_NEAR(gradient.num_in_entities, NumInEntities(problem), 1e-6);
    ASSERT_EQ(gradient.tokens.size(), problem.num_tokens);
    for (size_t i = 0; i < problem.scores.size(); ++i) {
      EXPECT_NEAR(gradient.emissions[i], derivative(problem.scores[i]), 0.02);
    }
    for (size_t i = 0; i < gradient.outside.size(); ++i) {
      EXPECT_NEAR(gradient.outside[i], derivative(problem.transitions.outside[i]), 0.02);
    }
    for (size_t i = 0; i < gradient.inside.size(); ++i) {
      EXPECT_NEAR(gradient.inside[i], derivative(problem.transitions.inside[i]), 0.02);
    }
  }
}

}  // namespace
}  // namespace winnow::ner

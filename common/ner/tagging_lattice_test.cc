#include "common/ner/tagging_lattice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "common/base/random.h"
#include "common/ner/brute_force.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice_math.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

constexpr double kTolerance = 1e-5;

TEST(ExpTest, SinglePrecision) {
  std::vector<float> x;
  for (float value = -87; value <= 80; value += 0.013f) x.push_back(value);
  x.resize(x.size() / kLanesOf<float> * kLanesOf<float>);
  std::vector<float> y = x;
  Exp(y.data(), y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = std::exp(double{x[i]});
    ASSERT_NEAR(y[i], expected, 3e-7 * expected) << x[i];
  }
  std::vector<float> small(kLanesOf<float>, -1e9f);
  Exp(small.data(), small.size());
  for (const float value : small) EXPECT_EQ(value, 0);
}

TEST(TaggingLatticeTest, MarginalsAgreeWithEnumeration) {
  Random random(1);
  for (int repetition = 0; repetition < 40; ++repetition) {
    const int labels = 1 + repetition % 3;
    const SmallProblem problem(labels, 1 + random.Below(labels == 1 ? 6 : 3), random);
    const double temperature = repetition % 4 == 0 ? 0.5 : 1;
    const size_t width = static_cast<size_t>(TagSet(labels).num_tags());
    double z = 0;
    std::vector<double> marginals(problem.num_tokens * width);
    std::map<TokenSpan, double> spans;
    ForEachPath(problem, {}, temperature, [&](const std::vector<uint16_t>& path, double weight) {
      z += weight;
      for (size_t t = 0; t < path.size(); ++t) marginals[t * width + path[t]] += weight;
      for (const TokenSpan& span : SpansOfTags(path, TagSet(labels))) spans[span] += weight;
    });
    const TransitionFactors factors(problem.transitions, temperature);
    TaggingLattice lattice;
    ASSERT_TRUE(lattice.Run(problem.scores, problem.num_tokens, factors));
    for (size_t t = 0; t < problem.num_tokens; ++t) {
      for (size_t y = 0; y < width; ++y)
        EXPECT_NEAR(lattice.marginals(t)[y], marginals[t * width + y] / z, kTolerance);
    }
    std::vector<Candidate> candidates;
    CandidateFinder().Find(problem.scores, problem.num_tokens, factors, 1e-9, candidates);
    ASSERT_EQ(candidates.size(), spans.size());
    size_t i = 0;
    for (const auto& [span, weight] : spans) {
      EXPECT_EQ(candidates[i].span, span);
      EXPECT_NEAR(candidates[i++].probability, weight / z, kTolerance);
    }
  }
}

// That the finder has what the lattice in double precision has.
void ExpectLikeExact(const SmallProblem& problem, CandidateFinder& finder) {
  constexpr double kMinProbability = 0.01;
  const TransitionFactors factors(problem.transitions, 1);
  std::vector<Candidate> candidates, expected;
  finder.Find(problem.scores, problem.num_tokens, factors, kMinProbability, candidates);
  Lattice exact;
  if (exact.Forward(problem.scores, problem.num_tokens, factors)) {
    exact.Backward();
    FindCandidates(exact, kMinProbability / 2, expected);
  }
  size_t num_found = 0;
  for (const Candidate& candidate : expected) {
    const bool found =
        num_found < candidates.size() && candidates[num_found].span == candidate.span;
    if (found) {
      EXPECT_NEAR(candidates[num_found++].probability, candidate.probability, kTolerance);
    } else {
      EXPECT_LT(candidate.probability, kMinProbability + kTolerance);
    }
  }
  EXPECT_EQ(num_found, candidates.size());
}

TEST(CandidateFinderTest, AnyNumberOfLabelsAndTokens) {
  Random random(2);
  CandidateFinder finder;
  for (const int labels : {50, 1, 2, 3, 4, 5, 8, 9, 1}) {
    for (const size_t tokens : {0, 1, 2, 3, 40}) {
      SmallProblem problem(labels, tokens, random);
      ExpectLikeExact(problem, finder);
      // Mostly O, as texts are.
      for (float& score : problem.scores) score = 2 * score - 3;
      ExpectLikeExact(problem, finder);
    }
  }
}

TEST(CandidateFinderTest, LongTexts) {
  Random random(3);
  CandidateFinder finder;
  for (const int labels : {1, 5}) ExpectLikeExact(SmallProblem(labels, 100'000, random), finder);
}

// Single precision is left where it does not suffice, so that no evidence is lost.
TEST(CandidateFinderTest, ExtremeAndContradictoryScores) {
  Random random(4);
  CandidateFinder finder;
  for (const double scale : {10.0, 20.0, 35.0, 45.0, 80.0, 150.0, 1e4, 1e30}) {
    for (int repetition = 0; repetition < 30; ++repetition) {
      SmallProblem problem(1 + repetition % 3, 1 + random.Below(12), random, scale);
      if (repetition % 2 == 0) {
        for (auto* values : {&problem.transitions.outside, &problem.transitions.inside})
          std::fill(values->begin(), values->end(), 0.0f);
      }
      ExpectLikeExact(problem, finder);
    }
  }
}

TEST(CandidateFinderTest, EvidenceThatMountsUpSlowly) {
  // One long span against none: the first three tokens speak for it by 35 nats each, which single
  // precision cannot hold of the other path, and the next eleven against it by 9 each.
  constexpr size_t kTokens = 15;
  Random random(5);
  SmallProblem problem(1, kTokens, random, 0);
  const TagSet tags(1);
  for (size_t t = 0; t < kTokens; ++t) {
    float* scores = &problem.scores[4 * t] - 1;
    scores[tags.Single(0)] = scores[tags.End(0)] = -300;
    scores[tags.Begin(0)] = t == 0 ? 35.0f : -300.0f;
    scores[tags.Inside(0)] = t < 3 ? 35.0f : -9.0f;
  }
  problem.scores[4 * (kTokens - 1) + tags.End(0) - 1] = 0;
  const TransitionFactors factors(problem.transitions, 1);
  EXPECT_FALSE(TaggingLattice().Run(problem.scores, kTokens, factors));
  CandidateFinder finder;
  std::vector<Candidate> candidates;
  finder.Find(problem.scores, kTokens, factors, 0.01, candidates);
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_NEAR(candidates[0].probability, 1 / (1 + std::exp(-6.0)), kTolerance);
}

}  // namespace
}  // namespace winnow::ner

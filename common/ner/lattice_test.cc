#include "common/ner/lattice.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/random.h"
#include "common/ner/brute_force.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

// Spans drawn at random, overlapping or not, with factor 0 or that of weak or strong evidence.
std::vector<WeightedSpan> DrawWeighted(const SmallProblem& problem, size_t count, Random& random) {
  std::map<TokenSpan, double> drawn;
  for (size_t i = 0; i < count; ++i) {
    TokenSpan span;
    span.begin = static_cast<uint32_t>(random.Below(problem.num_tokens));
    span.end =
        span.begin + 1 + static_cast<uint32_t>(random.Below(problem.num_tokens - span.begin));
    span.label = static_cast<uint32_t>(random.Below(problem.num_labels));
    drawn[span] = random.Below(2) == 0 ? 0 : std::exp(8 * random.Uniform() - 4);
  }
  std::vector<WeightedSpan> weighted;
  for (const auto& [span, factor] : drawn) weighted.push_back({span, factor});
  return weighted;
}

std::vector<uint8_t> DrawMask(const SmallProblem& problem, Random& random) {
  std::vector<uint8_t> allowed(problem.num_tokens * TagSet(problem.num_labels).num_tags());
  for (uint8_t& a : allowed) a = random.Below(4) != 0;
  return allowed;
}

void ExpectLikeBruteForce(const SmallProblem& problem, const Constraint& constraint,
                          double temperature) {
  const TagSet tags(problem.num_labels);
  const size_t width = tags.num_tags();
  const TransitionFactors factors(problem.transitions, temperature);
  double z = 0;
  std::vector<double> nodes(problem.num_tokens * width);
  std::vector<double> outside(problem.transitions.outside.size()),
      inside(problem.transitions.inside.size());
  ForEachPath(
      problem, constraint, temperature, [&](const std::vector<uint16_t>& path, double weight) {
        z += weight;
        for (size_t t = 0; t < path.size(); ++t) {
          nodes[t * width + path[t]] += weight;
          if (t > 0)
            (tags.IsOpen(path[t - 1]) ? inside
                                      : outside)[tags.TransitionIndex(path[t - 1], path[t])] +=
                weight;
        }
      });
  Lattice lattice;
  const bool feasible = lattice.Forward(problem.scores, problem.num_tokens, factors, &constraint);
  ASSERT_EQ(feasible, z > 0);
  if (!feasible) return;
  EXPECT_NEAR(lattice.log_z(), std::log(z), 1e-10);
  lattice.Backward();
  std::vector<double> marginals(width);
  std::vector<double> found_outside(outside.size()), found_inside(inside.size());
  for (size_t t = 0; t < problem.num_tokens; ++t) {
    lattice.Marginals(t, marginals.data());
    for (size_t y = 0; y < width; ++y) EXPECT_NEAR(marginals[y], nodes[t * width + y] / z, 1e-11);
    if (t > 0) lattice.AddTransitions(t, 1, found_outside.data(), found_inside.data());
  }
  for (size_t i = 0; i < outside.size(); ++i) EXPECT_NEAR(found_outside[i], outside[i] / z, 1e-11);
  for (size_t i = 0; i < inside.size(); ++i) EXPECT_NEAR(found_inside[i], inside[i] / z, 1e-11);
}

size_t TokensFor(int labels) { return labels == 1 ? 6 : labels == 2 ? 4 : 3; }

TEST(LatticeTest, FreeLatticeIsExact) {
  Random random(1);
  for (int labels = 1; labels <= 3; ++labels) {
    for (size_t tokens = 1; tokens <= TokensFor(labels); ++tokens) {
      for (const double temperature : {0.5, 1.0, 2.0}) {
        ExpectLikeBruteForce(SmallProblem(labels, tokens, random), {}, temperature);
      }
    }
  }
}

TEST(LatticeTest, MaskedLatticeIsExact) {
  Random random(2);
  for (int repetition = 0; repetition < 60; ++repetition) {
    const int labels = 1 + repetition % 3;
    const SmallProblem problem(labels, 1 + random.Below(TokensFor(labels)), random);
    ExpectLikeBruteForce(problem, {.allowed = DrawMask(problem, random)}, 1);
  }
}

TEST(LatticeTest, WeightedSpansAreExact) {
  Random random(3);
  for (int repetition = 0; repetition < 150; ++repetition) {
    const int labels = 1 + repetition % 3;
    const SmallProblem problem(labels, 1 + random.Below(TokensFor(labels)), random);
    Constraint constraint{.weighted = DrawWeighted(problem, 1 + random.Below(8), random)};
    if (repetition % 2 == 0) constraint.allowed = DrawMask(problem, random);
    ExpectLikeBruteForce(problem, constraint, repetition % 5 == 0 ? 1.5 : 1);
  }
}

TEST(LatticeTest, GradientOfTheLossIsTheDifferenceOfExpectations) {
  // Finite differences in exact arithmetic need doubles, which scores are not: a power of two keeps
  // the steps exact.
  constexpr float kStep = 1.0f / 256;
  Random random(11);
  for (int repetition = 0; repetition < 12; ++repetition) {
    const int labels = 1 + repetition % 3;
    SmallProblem problem(labels, TokensFor(labels), random, 1);
    for (auto* values :
         {&problem.scores, &problem.transitions.outside, &problem.transitions.inside}) {
      for (float& value : *values) value = std::round(value * 1024) / 1024;
    }
    const Constraint constraint{.weighted = DrawWeighted(problem, 5, random)};
    Lattice free, constrained;
    const auto loss = [&] {
      const TransitionFactors factors(problem.transitions, 1);
      EXPECT_TRUE(free.Forward(problem.scores, problem.num_tokens, factors));
      EXPECT_TRUE(constrained.Forward(problem.scores, problem.num_tokens, factors, &constraint));
      return free.log_z() - constrained.log_z();
    };
    // Fourth-order central difference.
    const auto derivative = [&](float& parameter) {
      const float value = parameter;
      const auto at = [&](float steps) {
        parameter = value + steps * kStep;
        return loss();
      };
      const double result = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * kStep);
      parameter = value;
      return result;
    };
    const size_t width = TagSet(labels).num_tags();
    std::vector<double> scores(problem.num_tokens * (width - 1)), marginals(width);
    std::vector<double> outside(problem.transitions.outside.size()),
        inside(problem.transitions.inside.size());
    const TransitionFactors factors(problem.transitions, 1);
    ASSERT_TRUE(free.Forward(problem.scores, problem.num_tokens, factors));
    ASSERT_TRUE(constrained.Forward(problem.scores, problem.num_tokens, factors, &constraint));
    for (auto [lattice, sign] : {std::pair(&free, 1.0), std::pair(&constrained, -1.0)}) {
      lattice->Backward();
      for (size_t t = 0; t < problem.num_tokens; ++t) {
        lattice->Marginals(t, marginals.data());
        for (size_t y = 1; y < width; ++y) scores[t * (width - 1) + y - 1] += sign * marginals[y];
        if (t > 0) lattice->AddTransitions(t, sign, outside.data(), inside.data());
      }
    }
    for (size_t i = 0; i < scores.size(); ++i)
      EXPECT_NEAR(derivative(problem.scores[i]), scores[i], 1e-8);
    for (size_t i = 0; i < outside.size(); ++i) {
      EXPECT_NEAR(derivative(problem.transitions.outside[i]), outside[i], 1e-8);
    }
    for (size_t i = 0; i < inside.size(); ++i)
      EXPECT_NEAR(derivative(problem.transitions.inside[i]), inside[i], 1e-8);
  }
}

TEST(LatticeTest, EveryMultiTokenSpanRejectedAtOnce) {
  Random random(4);
  const SmallProblem problem(1, 7, random);
  Constraint constraint;
  for (uint32_t begin = 0; begin < 7; ++begin) {
    for (uint32_t end = begin + 1; end <= 7; ++end)
      constraint.weighted.push_back({{begin, end, 0}, 0});
  }
  ExpectLikeBruteForce(problem, constraint, 1);
  Lattice lattice;
  ASSERT_TRUE(
      lattice.Forward(problem.scores, 7, TransitionFactors(problem.transitions, 1), &constraint));
  EXPECT_NEAR(lattice.log_z(), 6.0 * problem.transitions.outside[0], 1e-6);
}

TEST(LatticeTest, ContradictionIsReported) {
  Random random(5);
  const SmallProblem problem(1, 2, random);
  Constraint constraint{.weighted = {{{0, 2, 0}, 0}}};
  constraint.allowed.assign(10, 0);
  constraint.allowed[TagSet(1).Begin(0)] = 1;
  constraint.allowed[5 + TagSet(1).End(0)] = 1;
  Lattice lattice;
  EXPECT_FALSE(
      lattice.Forward(problem.scores, 2, TransitionFactors(problem.transitions, 1), &constraint));
}

TEST(LatticeTest, CertainMistakeKeepsItsDigits) {
  // p(span) is 1 - 1e-17 and so not distinguishable from 1; the loss of a reject is still right.
  Transitions transitions(1);
  std::vector<float> scores = {40, 0, 0, 0};
  Constraint constraint{.weighted = {{{0, 1, 0}, 0}}};
  const TransitionFactors factors(transitions, 1);
  Lattice free, constrained;
  ASSERT_TRUE(free.Forward(scores, 1, factors));
  ASSERT_TRUE(constrained.Forward(scores, 1, factors, &constraint));
  EXPECT_NEAR(free.log_z() - constrained.log_z(), 40, 1e-9);
}

TEST(LatticeTest, LongTextStaysFinite) {
  Random random(6);
  const SmallProblem problem(2, 25'000, random, 10);
  Lattice lattice;
  const TransitionFactors factors(problem.transitions, 1);
  ASSERT_TRUE(lattice.Forward(problem.scores, problem.num_tokens, factors));
  lattice.Backward();
  std::vector<double> marginals(9);
  for (size_t t = 0; t < problem.num_tokens; t += 997) {
    lattice.Marginals(t, marginals.data());
    double sum = 0;
    for (const double m : marginals) sum += m;
    EXPECT_NEAR(sum, 1, 1e-9);
  }
}

TEST(LatticeTest, NoTokens) {
  Lattice lattice;
  const TransitionFactors factors(Transitions(1), 1);
  EXPECT_TRUE(lattice.Forward({}, 0, factors));
  EXPECT_EQ(lattice.log_z(), 0);
  lattice.Backward();
}

TEST(PathScoreTest, IllFormedPathsHaveNoMass) {
  Random random(7);
  const SmallProblem problem(2, 2, random);
  const TagSet tags(2);
  const auto score = [&](int a, int b) {
    return PathScore(problem.scores, {static_cast<uint16_t>(a), static_cast<uint16_t>(b)},
                     problem.transitions);
  };
  EXPECT_TRUE(std::isfinite(score(tags.Begin(1), tags.End(1))));
  EXPECT_TRUE(std::isinf(score(tags.Begin(1), tags.End(0))));
  EXPECT_TRUE(std::isinf(score(0, tags.Begin(0))));
  EXPECT_TRUE(std::isinf(score(tags.Inside(0), tags.End(0))));
  EXPECT_TRUE(std::isinf(score(tags.Begin(0), 0)));
  EXPECT_TRUE(std::isfinite(score(tags.Single(0), tags.Single(1))));
}

// Probability of each span by enumeration.
std::map<TokenSpan, double> SpanProbabilities(const SmallProblem& problem) {
  std::map<TokenSpan, double> probabilities;
  double z = 0;
  ForEachPath(problem, {}, 1, [&](const std::vector<uint16_t>& path, double weight) {
    z += weight;
    for (const TokenSpan& span : SpansOfTags(path, TagSet(problem.num_labels)))
      probabilities[span] += weight;
  });
  for (auto& [span, probability] : probabilities) probability /= z;
  return probabilities;
}

TEST(CandidatesTest, FindsExactlyTheSpansAboveTheThreshold) {
  Random random(8);
  for (int repetition = 0; repetition < 30; ++repetition) {
    const int labels = 1 + repetition % 3;
    const SmallProblem problem(labels, TokensFor(labels), random);
    const auto expected = SpanProbabilities(problem);
    const TransitionFactors factors(problem.transitions, 1);
    Lattice lattice;
    ASSERT_TRUE(lattice.Forward(problem.scores, problem.num_tokens, factors));
    lattice.Backward();
    const double threshold = repetition % 2 == 0 ? 0.05 : 1e-9;
    std::vector<Candidate> candidates;
    FindCandidates(lattice, threshold, candidates);
    size_t above = 0;
    for (const auto& [span, probability] : expected) {
      EXPECT_NEAR(lattice.SpanProbability(span), probability, 1e-11);
      above += probability >= threshold;
    }
    ASSERT_EQ(candidates.size(), above);
    for (size_t i = 0; i < candidates.size(); ++i) {
      EXPECT_NEAR(candidates[i].probability, expected.at(candidates[i].span), 1e-11);
      if (i > 0) {
        EXPECT_LT(candidates[i - 1].span, candidates[i].span);
      }
    }
  }
}

TEST(CandidatesTest, SpanMarginalsAgreeWithEnumeration) {
  Random random(9);
  const SmallProblem problem(2, 4, random);
  const TransitionFactors factors(problem.transitions, 1);
  Lattice lattice;
  ASSERT_TRUE(lattice.Forward(problem.scores, 4, factors));
  lattice.Backward();
  std::vector<float> marginals;
  SpanMarginals(lattice, 3, marginals);
  ASSERT_EQ(marginals.size(), 4u * 3 * 2);
  auto expected = SpanProbabilities(problem);
  for (uint32_t begin = 0; begin < 4; ++begin) {
    for (uint32_t length = 1; length <= 3; ++length) {
      for (uint32_t label = 0; label < 2; ++label) {
        const double probability =
            begin + length <= 4 ? expected.at({begin, begin + length, label}) : 0;
        EXPECT_NEAR(marginals[(begin * 3 + length - 1) * 2 + label], probability, 1e-6);
      }
    }
  }
}

// The largest sum of p - threshold over spans without overlaps that begin at `begin` or later.
double BestSum(const Lattice& lattice, absl::Span<const double> thresholds, uint32_t begin) {
  const uint32_t n = static_cast<uint32_t>(lattice.num_tokens());
  if (begin == n) return 0;
  double best = BestSum(lattice, thresholds, begin + 1);
  for (uint32_t end = begin + 1; end <= n; ++end) {
    for (uint32_t label = 0; label < static_cast<uint32_t>(lattice.tags().num_labels()); ++label) {
      best = std::max(best, lattice.SpanProbability({begin, end, label}) - thresholds[label] +
                                BestSum(lattice, thresholds, end));
    }
  }
  return best;
}

TEST(DecoderTest, FindsTheBestSetOfSpans) {
  Random random(10);
  Decoder decoder;
  size_t num_spans = 0, num_empty = 0;
  for (int repetition = 0; repetition < 200; ++repetition) {
    const int labels = 1 + repetition % 3;
    SmallProblem problem(labels, 1 + random.Below(TokensFor(labels)), random);
    for (float& score : problem.scores) score = repetition % 2 == 0 ? 2 * score : score - 1;
    const TransitionFactors factors(problem.transitions, 1);
    Lattice lattice;
    ASSERT_TRUE(lattice.Forward(problem.scores, problem.num_tokens, factors));
    lattice.Backward();
    std::vector<Candidate> spans;
    const std::vector<double> all_thresholds = {kDefaultThreshold, 0.5, 0.2};
    const absl::Span<const double> thresholds =
        absl::MakeConstSpan(all_thresholds).first(static_cast<size_t>(labels));
    decoder.Decode(problem.scores, problem.num_tokens, factors, thresholds, spans);
    double sum = 0;
    for (size_t i = 0; i < spans.size(); ++i) {
      ASSERT_LE(i == 0 ? 0 : spans[i - 1].span.end, spans[i].span.begin);
      ASSERT_NEAR(spans[i].probability, lattice.SpanProbability(spans[i].span), 1e-9);
      sum += spans[i].probability - thresholds[spans[i].span.label];
    }
    ASSERT_NEAR(sum, BestSum(lattice, thresholds, 0), 1e-9);
    num_spans += spans.size();
    num_empty += spans.empty();
  }
  // Both were tried.
  EXPECT_GT(num_spans, 50u);
  EXPECT_GT(num_empty, 20u);
}

TEST(DecoderTest, ManyLabels) {
  // More labels than bits in a word.
  Transitions transitions(kMaxLabels);
  std::vector<float> scores(3 * 4 * kMaxLabels, -1);
  const TagSet tags(kMaxLabels);
  scores[tags.Begin(199) - 1] = 5;
  scores[4 * kMaxLabels + tags.Inside(199) - 1] = 5;
  scores[8 * kMaxLabels + tags.End(199) - 1] = 5;
  std::vector<Candidate> spans;
  const std::vector<double> thresholds(kMaxLabels, kDefaultThreshold);
  Decoder().Decode(scores, 3, TransitionFactors(transitions, 1), thresholds, spans);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].span, (TokenSpan{0, 3, 199}));
  EXPECT_GT(spans[0].probability, 0.5);
}

TEST(TagsTest, TagsOfSpansAreWellFormed) {
  const TagSet tags(2);
  const std::vector<TokenSpan> spans = {{0, 1, 1}, {2, 5, 0}};
  const std::vector<uint16_t> path = TagsOfSpans(spans, 6, tags);
  EXPECT_EQ(SpansOfTags(path, tags), spans);
  EXPECT_EQ(path[1], 0);
  EXPECT_EQ(path[5], 0);
}

}  // namespace
}  // namespace winnow::ner

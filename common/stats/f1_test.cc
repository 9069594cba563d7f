#include "common/stats/f1.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::HasSubstr;

int Binomial(Random& random, int trials, double p) {
  int successes = 0;
  for (int i = 0; i < trials; ++i) successes += random.Uniform() < p;
  return successes;
}

// A text with 0 to 5 gold spans, of which a model of quality q finds a share, and with up to 3
// spurious ones; hard texts are hard for all their spans. Its figures in the long run are known.
struct Quality {
  double q;
  double spread;

  double Of(double hardness) const { return q + spread * (hardness - 0.5); }
  double Precision() const { return 2.5 * q / (2.5 * q + 1.5 * (1 - q)); }
  double F1() const { return 5 * q / (2.5 * q + 1.5 * (1 - q) + 2.5); }
};

SpanCounts DrawText(Random& random, const Quality& quality) {
  const double q = quality.Of(random.Uniform());
  const int gold = static_cast<int>(random.Below(6));
  const int tp = Binomial(random, gold, q);
  return {tp, tp + Binomial(random, 3, (1 - q) / 2), gold};
}

// Two models on one text: B redraws a share of what A did.
std::pair<SpanCounts, SpanCounts> DrawPair(Random& random, const Quality& a, const Quality& b,
                                           double redrawn) {
  const double hardness = random.Uniform();
  const int gold = static_cast<int>(random.Below(6));
  SpanCounts of_a{0, 0, gold}, of_b{0, 0, gold};
  const auto draw = [&](double in_a, double in_b, int& count_a, int& count_b) {
    const bool hit_a = random.Uniform() < in_a;
    const bool hit_b = random.Uniform() < redrawn ? random.Uniform() < in_b : hit_a;
    count_a += hit_a;
    count_b += hit_b;
  };
  for (int i = 0; i < gold; ++i) draw(a.Of(hardness), b.Of(hardness), of_a.tp, of_b.tp);
  of_a.predicted = of_a.tp;
  of_b.predicted = of_b.tp;
  for (int i = 0; i < 3; ++i) {
    draw((1 - a.Of(hardness)) / 2, (1 - b.Of(hardness)) / 2, of_a.predicted, of_b.predicted);
  }
  return {of_a, of_b};
}

bool Covers(const Interval& interval, double value) {
  return interval.lower <= value && value <= interval.upper;
}

TEST(MeasureF1, CountsMicroFigures) {
  const std::vector<SpanCounts> texts = {{1, 2, 1}, {2, 2, 4}, {0, 0, 0}, {0, 1, 0}};
  const F1Report report = *MeasureF1(texts);
  EXPECT_EQ(report.tp, 3);
  EXPECT_EQ(report.predicted, 5);
  EXPECT_EQ(report.gold, 5);
  EXPECT_EQ(report.texts, 3);
  EXPECT_DOUBLE_EQ(report.precision.value, 0.6);
  EXPECT_DOUBLE_EQ(report.recall.value, 0.6);
  EXPECT_DOUBLE_EQ(report.f1.value, 0.6);
}

TEST(MeasureF1, StandardErrorFollowsTheFormulaWrittenOut) {
  const std::vector<SpanCounts> texts = {{1, 2, 1}, {2, 2, 4}, {0, 1, 0}};
  // F = .6; r = 2 tp - F D: .2, .4, -.6; D = 10.
  EXPECT_NEAR(MeasureF1(texts)->f1.se, std::sqrt(1.5 * (0.04 + 0.16 + 0.36)) / 10, 1e-12);
  // P = .6; r = tp - P predicted: -.2, .8, -.6; PP = 5.
  EXPECT_NEAR(MeasureF1(texts)->precision.se, std::sqrt(1.5 * (0.04 + 0.64 + 0.36)) / 5, 1e-12);
  // R = .6; the third text has no gold span and does not count: r = .4, -.4; G = 5.
  EXPECT_NEAR(MeasureF1(texts)->recall.se, std::sqrt(2 * (0.16 + 0.16)) / 5, 1e-12);
}

TEST(MeasureF1, TextsWithoutTheLabelDoNotMatter) {
  std::vector<SpanCounts> texts = {{1, 2, 1}, {2, 2, 4}, {0, 1, 0}};
  const Interval before = MeasureF1(texts)->f1.interval;
  texts.resize(1000);
  const Interval after = MeasureF1(texts)->f1.interval;
  EXPECT_EQ(before.lower, after.lower);
  EXPECT_EQ(before.upper, after.upper);
}

TEST(MeasureF1, IntervalIsWilsonOfTheJaccardIndexWhenTextsAreIndependentSpans) {
  // One span per text: the design effect is about 1.
  std::vector<SpanCounts> texts(80, SpanCounts{1, 1, 1});
  texts.resize(100, SpanCounts{0, 0, 1});
  const Interval j = WilsonInterval(80, 100, 0.95);
  const Interval f = MeasureF1(texts)->f1.interval;
  EXPECT_NEAR(f.lower, 2 * j.lower / (1 + j.lower), 0.002);
  EXPECT_NEAR(f.upper, 2 * j.upper / (1 + j.upper), 0.002);
}

TEST(MeasureF1, SpansThatFailTogetherWidenTheInterval) {
  std::vector<SpanCounts> alone(80, SpanCounts{1, 1, 1});
  alone.resize(100, SpanCounts{0, 1, 1});
  std::vector<SpanCounts> together(16, SpanCounts{5, 5, 5});
  together.resize(20, SpanCounts{0, 5, 5});
  const auto width = [](const Interval& i) { return i.upper - i.lower; };
  EXPECT_GT(width(MeasureF1(together)->f1.interval), 1.7 * width(MeasureF1(alone)->f1.interval));
  EXPECT_GT(width(MeasureF1(together)->recall.interval),
            1.7 * width(MeasureF1(alone)->recall.interval));
}

TEST(MeasureF1, IntervalsCoverWhateverTheSizeAndQuality) {
  struct Case {
    int texts;
    Quality quality;
  };
  for (const auto& [texts, quality] :
       {Case{20, {0.7, 0.4}}, Case{20, {0.98, 0.03}}, Case{100, {0.6, 0.6}},
        Case{100, {0.98, 0.03}}, Case{400, {0.8, 0.3}}}) {
    Random random(21);
    constexpr int kRepetitions = 1500;
    double f1 = 0, precision = 0, recall = 0;
    for (int k = 0; k < kRepetitions; ++k) {
      std::vector<SpanCounts> counts;
      for (int t = 0; t < texts; ++t) counts.push_back(DrawText(random, quality));
      const F1Report report = *MeasureF1(counts);
      f1 += Covers(report.f1.interval, quality.F1());
      precision += Covers(report.precision.interval, quality.Precision());
      recall += Covers(report.recall.interval, quality.q);
    }
    for (const double covered : {f1, precision, recall}) {
      EXPECT_GE(covered / kRepetitions, 0.92) << texts << " texts, quality " << quality.q;
      EXPECT_LE(covered / kRepetitions, 0.98) << texts << " texts, quality " << quality.q;
    }
  }
}

TEST(MeasureF1, SaysNothingFromOneTextOrNone) {
  for (const std::vector<SpanCounts>& texts :
       {std::vector<SpanCounts>{}, std::vector<SpanCounts>{{0, 0, 0}},
        std::vector<SpanCounts>{{3, 3, 3}, {0, 0, 0}}}) {
    const F1Report report = *MeasureF1(texts);
    EXPECT_EQ(report.f1.interval.lower, 0);
    EXPECT_EQ(report.f1.interval.upper, 1);
    EXPECT_EQ(report.f1.se, 0.5);
  }
}

TEST(MeasureF1, NoMistakeSeenIsStillUncertain) {
  const std::vector<SpanCounts> texts(20, SpanCounts{1, 1, 1});
  const F1Report report = *MeasureF1(texts);
  EXPECT_EQ(report.f1.value, 1);
  EXPECT_EQ(report.f1.interval.upper, 1);
  EXPECT_NEAR(report.precision.interval.lower, WilsonInterval(20, 20, 0.95).lower, 1e-12);
}

TEST(MeasureF1, NamesEveryImpossibleText) {
  const std::vector<SpanCounts> texts = {{2, 1, 3}, {1, 1, 1}, {-1, 0, 0}, {1, 1, 0}};
  const absl::Status status = MeasureF1(texts, 1.5).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(HasSubstr("4 problems"), HasSubstr("texts[0]"), HasSubstr("texts[2]"),
                             HasSubstr("texts[3]"), HasSubstr("confidence")));
}

TEST(PairedF1Difference, CoversAndIsUnbiased) {
  struct Case {
    int texts;
    Quality a, b;
    double redrawn;
  };
  for (const auto& [texts, a, b, redrawn] :
       {Case{60, {0.7, 0.4}, {0.9, 0.1}, 0.3}, Case{200, {0.7, 0.4}, {0.7, 0.4}, 0.2},
        Case{200, {0.9, 0.15}, {0.6, 0.3}, 0.2}}) {
    const Quality b_in_effect{(1 - redrawn) * a.q + redrawn * b.q, 0};
    const double truth = b_in_effect.F1() - a.F1();
    Random random(22);
    constexpr int kRepetitions = 1500;
    double bias = 0, two_sided = 0, above_lower = 0;
    for (int k = 0; k < kRepetitions; ++k) {
      std::vector<SpanCounts> counts_a, counts_b;
      for (int t = 0; t < texts; ++t) {
        const auto [of_a, of_b] = DrawPair(random, a, b, redrawn);
        counts_a.push_back(of_a);
        counts_b.push_back(of_b);
      }
      const Difference difference = *PairedF1Difference(counts_a, counts_b);
      bias += (difference.value - truth) / kRepetitions;
      two_sided += Covers(difference.TwoSided(0.95), truth);
      above_lower += difference.LowerBound(0.9) <= truth;
    }
    EXPECT_NEAR(bias, 0, 0.003) << texts;
    EXPECT_GE(two_sided / kRepetitions, 0.925) << texts;
    EXPECT_LE(two_sided / kRepetitions, 0.97) << texts;
    EXPECT_NEAR(above_lower / kRepetitions, 0.9, 0.025) << texts;
  }
}

TEST(PairedF1Difference, IsTheDifferenceOfTheTwoFigures) {
  const std::vector<SpanCounts> a = {{1, 2, 1}, {2, 2, 4}, {0, 1, 0}};
  const std::vector<SpanCounts> b = {{1, 1, 1}, {3, 3, 4}, {0, 0, 0}};
  EXPECT_NEAR(PairedF1Difference(a, b)->value, MeasureF1(b)->f1.value - MeasureF1(a)->f1.value,
              1e-12);
  EXPECT_NEAR(PairedF1Difference(a, b)->value, -PairedF1Difference(b, a)->value, 1e-12);
  EXPECT_NEAR(PairedF1Difference(a, b)->se, PairedF1Difference(b, a)->se, 1e-12);
}

TEST(PairedF1Difference, IsExactlyZeroForEqualPredictions) {
  const std::vector<SpanCounts> a = {{1, 2, 1}, {2, 2, 4}};
  EXPECT_EQ(PairedF1Difference(a, a)->value, 0);
  EXPECT_EQ(PairedF1Difference(a, a)->se, 0);
}

TEST(PairedF1Difference, SaysNothingFromOneText) {
  const std::vector<SpanCounts> a = {{1, 2, 1}, {0, 0, 0}};
  EXPECT_EQ(PairedF1Difference(a, a)->se, 1);
  EXPECT_EQ(PairedF1Difference({}, {})->se, 1);
}

TEST(PairedF1Difference, ModelThatPredictsNothingHasF1Zero) {
  const std::vector<SpanCounts> a = {{0, 0, 1}, {0, 0, 1}};
  const std::vector<SpanCounts> b = {{1, 1, 1}, {1, 1, 1}};
  EXPECT_EQ(PairedF1Difference(a, b)->value, 1);
}

TEST(PairedF1Difference, RefusesTextsThatAreNotTheSame) {
  const std::vector<SpanCounts> a = {{1, 2, 1}, {0, 0, 3}};
  const std::vector<SpanCounts> b = {{1, 2, 2}, {0, 0, 3}, {5, 1, 1}};
  const absl::Status status = PairedF1Difference(a, b).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      testing::AllOf(HasSubstr("3 problems"), HasSubstr("has 3 texts, a has 2"), HasSubstr("b[2]"),
                     HasSubstr("b[0]: has 2 gold spans, the same text in a has 1")));
}

}  // namespace
}  // namespace winnow::stats

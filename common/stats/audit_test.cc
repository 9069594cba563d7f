#include "common/stats/audit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/stats/agreement.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::stats {
namespace {

using ::testing::HasSubstr;

// A text with its candidates and the truth that a person would tell.
struct Text {
  AuditText items;
  std::vector<bool> right;
};

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// Texts of 0 to 7 candidates, most of them improbable. Model A predicts what p puts above one half;
// B is often right where A is not. Miscalibrated: the truth has half the logit of p and a part
// common to the spans of a text.
Text DrawText(Random& random, bool calibrated) {
  Text text;
  const double common = calibrated ? 0 : 1.5 * (random.Uniform() + random.Uniform() - 1);
  for (uint64_t i = random.Below(8); i > 0; --i) {
    const double level = random.Uniform() < 0.15 ? 1.5 : -2.5;
    const double logit = std::max(-3.8, level + 3 * (random.Uniform() + random.Uniform() - 1));
    const bool right = random.Uniform() < Sigmoid(calibrated ? logit : 0.5 * logit + common);
    AuditItem item;
    item.p = Sigmoid(logit);
    item.predicted_a = logit > 0;
    item.predicted_b = random.Uniform() < 0.2 ? random.Uniform() < 0.5
                                              : (random.Uniform() < 0.6 ? right : logit > 0);
    text.items.push_back(item);
    text.right.push_back(right);
  }
  return text;
}

std::vector<Text> DrawPool(Random& random, bool calibrated, int texts) {
  std::vector<Text> pool;
  for (int t = 0; t < texts; ++t) pool.push_back(DrawText(random, calibrated));
  return pool;
}

struct Figures {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

Figures Truth(const std::vector<Text>& pool, AuditModel model) {
  double tp = 0, predicted = 0, gold = 0;
  for (const Text& text : pool) {
    for (size_t i = 0; i < text.items.size(); ++i) {
      const bool z =
          model == AuditModel::kA ? text.items[i].predicted_a : text.items[i].predicted_b;
      tp += z && text.right[i];
      predicted += z;
      gold += text.right[i];
    }
  }
  return {tp / predicted, tp / gold, 2 * tp / (predicted + gold)};
}

// The frame of model A over a pool; plans of texts without candidates are left out.
struct Frame {
  std::vector<AuditPlan> plans;
  // Text of each plan.
  std::vector<size_t> texts;
};

Frame MakeFrame(const std::vector<Text>& pool, uint64_t seed) {
  Frame frame;
  for (size_t t = 0; t < pool.size(); ++t) {
    std::vector<FrameCandidate> candidates;
    for (const AuditItem& item : pool[t].items) candidates.push_back({item.p, item.predicted_a});
    const std::optional<AuditPlan> plan = PlanAudit(candidates, absl::StrCat("text ", t), seed);
    if (!plan.has_value()) continue;
    frame.plans.push_back(*plan);
    frame.texts.push_back(t);
  }
  return frame;
}

// The pool's items with the first `asked` questions of the frame answered; every `ignore_every`-th
// is ignored.
std::vector<AuditText> Ask(const std::vector<Text>& pool, size_t asked, uint64_t seed,
                           size_t ignore_every = 0) {
  const Frame frame = MakeFrame(pool, seed);
  const std::vector<size_t> order = AskingOrder(frame.plans);
  const double threshold = AuditThreshold(frame.plans, asked);
  std::vector<AuditText> texts;
  for (const Text& text : pool) texts.push_back(text.items);
  for (size_t k = 0; k < std::min(asked, order.size()); ++k) {
    const AuditPlan& plan = frame.plans[order[k]];
    const size_t t = frame.texts[order[k]];
    AuditItem& item = texts[t][plan.candidate];
    item.pi = InclusionProbability(threshold, plan.text_size, plan.span_size);
    item.answer = pool[t].right[plan.candidate] ? AuditAnswer::kYes : AuditAnswer::kNo;
    if (ignore_every > 0 && k % ignore_every == 0) item.answer = AuditAnswer::kIgnored;
  }
  return texts;
}

// What repeated audits say of one figure.
class Repeated {
 public:
  void Add(double value, const Interval& interval, double truth) {
    ++repetitions_;
    error_ += value - truth;
    covered_ += interval.lower <= truth && truth <= interval.upper;
  }
  double Bias() const { return error_ / repetitions_; }
  double Coverage() const { return covered_ / repetitions_; }

 private:
  double repetitions_ = 0;
  double error_ = 0;
  double covered_ = 0;
};

AskedAgreement NaiveAgreement(const std::vector<AuditText>& texts) {
  std::vector<AskedSpan> answers;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      if (item.answer == AuditAnswer::kYes || item.answer == AuditAnswer::kNo) {
        answers.push_back({item.predicted_a, item.answer == AuditAnswer::kYes});
      }
    }
  }
  return CountAgreement(answers);
}

std::vector<AuditPlan> PlansOfSizes(const std::vector<std::vector<FrameCandidate>>& texts,
                                    uint64_t seed) {
  std::vector<AuditPlan> plans;
  for (size_t t = 0; t < texts.size(); ++t)
    plans.push_back(*PlanAudit(texts[t], absl::StrCat("text ", t), seed));
  return plans;
}

TEST(AuditPlan, DependsOnTheTextAloneAndIsRepeatable) {
  const std::vector<FrameCandidate> candidates = {{0.5, false}, {0.9, true}, {0.02, false}};
  const AuditPlan once = *PlanAudit(candidates, "key", 3);
  const AuditPlan again = *PlanAudit(candidates, "key", 3);
  EXPECT_EQ(once.random, again.random);
  EXPECT_EQ(once.candidate, again.candidate);
  EXPECT_NE(once.random, PlanAudit(candidates, "key", 4)->random);
  EXPECT_NE(once.random, PlanAudit(candidates, "other key", 3)->random);
  EXPECT_NEAR(once.text_size, (0.5 + 0.05) + (0.3 + 0.15) + (0.14 + 0.05), 1e-12);
}

TEST(AuditPlan, TextWithoutCandidatesIsNeverAsked) {
  EXPECT_FALSE(PlanAudit({}, "key", 3).has_value());
}

TEST(AuditPlan, ProbabilityJustBeyondOneByRoundingStillHasASize) {
  EXPECT_EQ(CandidateSize({1 + 1e-15, true}), kPredictedFloor);
}

TEST(AuditPlan, SpanIsDrawnInProportionToItsSizeWhateverTheRank) {
  const std::vector<FrameCandidate> candidates = {{0.5, false}, {0.9, true}, {0.02, false}};
  std::vector<double> drawn(3), drawn_of_low(3);
  double low = 0;
  for (int k = 0; k < 20000; ++k) {
    const AuditPlan plan = *PlanAudit(candidates, absl::StrCat(k), 1);
    ASSERT_EQ(plan.span_size, CandidateSize(candidates[plan.candidate]));
    drawn[plan.candidate] += 1.0 / 20000;
    if (plan.random >= 0.2) continue;
    ++low;
    ++drawn_of_low[plan.candidate];
  }
  EXPECT_NEAR(low / 20000, 0.2, 0.01);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const double share = CandidateSize(candidates[i]) / 1.19;
    EXPECT_NEAR(drawn[i], share, 0.012) << i;
    EXPECT_NEAR(drawn_of_low[i] / low, share, 0.025) << i;
  }
}

TEST(AuditSample, MoreQuestionsKeepTheEarlierOnes) {
  Random random(1);
  const Frame frame = MakeFrame(DrawPool(random, true, 200), 5);
  const std::vector<size_t> order = AskingOrder(frame.plans);
  for (const size_t asked : {1u, 10u, 100u}) {
    const double threshold = AuditThreshold(frame.plans, asked);
    for (size_t k = 0; k < order.size(); ++k) {
      EXPECT_EQ(frame.plans[order[k]].Rank() < threshold, k < asked) << k;
    }
  }
}

TEST(AuditSample, EveryTextAndSpanStandsForItselfOnAverage) {
  // Horvitz-Thompson: the mean of 1 / pi over the samples that contain a span is 1.
  const std::vector<std::vector<FrameCandidate>> texts = {{{0.5, true}},
                                                          {{0.1, false}, {0.8, true}},
                                                          {{0.02, false}},
                                                          {{0.99, true}},
                                                          {{0.3, false}, {0.3, false}}};
  std::vector<std::vector<double>> mean = {{0}, {0, 0}, {0}, {0}, {0, 0}};
  constexpr int kSeeds = 40000;
  constexpr size_t kAsked = 2;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const std::vector<AuditPlan> plans = PlansOfSizes(texts, seed);
    const std::vector<size_t> order = AskingOrder(plans);
    const double threshold = AuditThreshold(plans, kAsked);
    for (size_t k = 0; k < kAsked; ++k) {
      const AuditPlan& plan = plans[order[k]];
      mean[order[k]][plan.candidate] +=
          1 / InclusionProbability(threshold, plan.text_size, plan.span_size) / kSeeds;
    }
  }
  for (const std::vector<double>& text : mean) {
    for (const double span : text) EXPECT_NEAR(span, 1, 0.05);
  }
}

TEST(AuditSample, IsCertainWhenEveryTextWasAsked) {
  const std::vector<AuditPlan> plans =
      PlansOfSizes({{{0.5, true}}, {{0.1, false}, {0.8, true}}}, 1);
  EXPECT_EQ(AuditThreshold(plans, 2), std::numeric_limits<double>::infinity());
  EXPECT_EQ(AuditThreshold(plans, 9), std::numeric_limits<double>::infinity());
  EXPECT_EQ(InclusionProbability(AuditThreshold(plans, 2), 0.65, 0.65), 1);
  EXPECT_NEAR(InclusionProbability(AuditThreshold(plans, 2), 0.8, 0.2), 0.25, 1e-15);
}

struct AuditCase {
  bool calibrated;
  size_t answers;
};

class AuditSimulation : public testing::TestWithParam<AuditCase> {
 protected:
  static constexpr int kRepetitions = 1000;
  static constexpr int kTexts = 600;

  // Totals are unbiased; their ratios are only for many answers. The simulation's own error is at
  // most .004.
  static double BiasAllowed() { return GetParam().answers < 200 ? 0.015 : 0.01; }
};

TEST_P(AuditSimulation, IsUnbiasedAndCoversWhereTheNaiveFigureIsFarOff) {
  const auto [calibrated, answers] = GetParam();
  Random random(11);
  const Figures truth = Truth(DrawPool(random, calibrated, 200000), AuditModel::kA);
  Repeated precision, recall, f1, of_pool;
  double naive = 0;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const std::vector<AuditText> asked = Ask(pool, answers, random.Next());
    const AuditReport report = *EstimateFromAudit(asked, AuditModel::kA);
    precision.Add(report.precision.value, report.precision.interval, truth.precision);
    recall.Add(report.recall.value, report.recall.interval, truth.recall);
    f1.Add(report.f1.value, report.f1.interval, truth.f1);
    const Estimate f1_of_pool =
        EstimateFromAudit(asked, AuditModel::kA, {.scope = AuditScope::kThisPool})->f1;
    of_pool.Add(f1_of_pool.value, f1_of_pool.interval, Truth(pool, AuditModel::kA).f1);
    naive += NaiveAgreement(asked).share() / kRepetitions;
  }
  for (const auto& [name, figure] : {std::pair("precision", precision), std::pair("recall", recall),
                                     std::pair("f1", f1), std::pair("f1 of the pool", of_pool)}) {
    EXPECT_NEAR(figure.Bias(), 0, BiasAllowed()) << name;
    EXPECT_GE(figure.Coverage(), 0.90) << name;
    EXPECT_LE(figure.Coverage(), 0.99) << name;
  }
  EXPECT_NEAR(f1.Bias(), 0, 0.01);
  EXPECT_GT(naive - truth.f1, 0.15) << "naive " << naive << ", true F1 " << truth.f1;
}

TEST_P(AuditSimulation, DifferenceOfTwoModelsIsUnbiasedAndCovers) {
  const auto [calibrated, answers] = GetParam();
  Random random(12);
  const std::vector<Text> population = DrawPool(random, calibrated, 200000);
  const double truth = Truth(population, AuditModel::kB).f1 - Truth(population, AuditModel::kA).f1;
  Repeated difference;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const Difference d = *AuditF1Difference(Ask(pool, answers, random.Next()));
    difference.Add(d.value, d.TwoSided(0.95), truth);
  }
  EXPECT_NEAR(difference.Bias(), 0, BiasAllowed());
  EXPECT_GE(difference.Coverage(), 0.90);
  EXPECT_LE(difference.Coverage(), 0.99);
}

TEST_P(AuditSimulation, IgnoredQuestionsAreCompensatedAndCounted) {
  const auto [calibrated, answers] = GetParam();
  Random random(13);
  const Figures truth = Truth(DrawPool(random, calibrated, 200000), AuditModel::kA);
  Repeated f1;
  for (int k = 0; k < kRepetitions; ++k) {
    const std::vector<Text> pool = DrawPool(random, calibrated, kTexts);
    const AuditReport report =
        *EstimateFromAudit(Ask(pool, answers, random.Next(), 4), AuditModel::kA);
    ASSERT_EQ(report.ignored, static_cast<int64_t>(answers / 4));
    ASSERT_EQ(report.answers + report.ignored, static_cast<int64_t>(answers));
    f1.Add(report.f1.value, report.f1.interval, truth.f1);
  }
  EXPECT_NEAR(f1.Bias(), 0, BiasAllowed());
  EXPECT_GE(f1.Coverage(), 0.90);
  EXPECT_LE(f1.Coverage(), 0.99);
}

INSTANTIATE_TEST_SUITE_P(Pools, AuditSimulation,
                         testing::Values(AuditCase{true, 60}, AuditCase{true, 200},
                                         AuditCase{false, 60}, AuditCase{false, 200}),
                         [](const testing::TestParamInfo<AuditCase>& info) {
                           return absl::StrCat(
                               info.param.calibrated ? "Calibrated" : "Miscalibrated",
                               info.param.answers);
                         });

// Thirty texts with an asked item and another, by hand.
std::vector<AuditText> SmallAudit() {
  std::vector<AuditText> texts;
  for (int t = 0; t < 30; ++t) {
    AuditItem asked{0.3 + 0.02 * t, t % 3 != 0, t % 2 == 0, 0.2 + 0.01 * t,
                    t % 4 == 0 ? AuditAnswer::kNo : AuditAnswer::kYes};
    AuditItem other{0.1, t % 5 == 0, t % 7 == 0, 0, AuditAnswer::kNotAsked};
    texts.push_back({asked, other});
  }
  return texts;
}

TEST(AuditEstimate, FollowsTheFormulaeWrittenOut) {
  const std::vector<AuditText> texts = SmallAudit();
  double tp = 0, gold = 0, predicted = 0;
  for (const AuditText& text : texts) {
    for (const AuditItem& item : text) {
      const bool sampled = item.answer != AuditAnswer::kNotAsked;
      const double right =
          item.p + (sampled ? ((item.answer == AuditAnswer::kYes) - item.p) / item.pi : 0);
      gold += right;
      tp += item.predicted_a ? right : 0;
      predicted += item.predicted_a;
    }
  }
  const double f = 2 * tp / (predicted + gold);
  double new_texts = 0, this_pool = 0;
  for (const AuditText& text : texts) {
    double e = 0;
    for (const AuditItem& item : text) {
      const double z = item.predicted_a;
      e += 2 * z * item.p - f * (z + item.p);
      if (item.answer == AuditAnswer::kNotAsked) continue;
      const double y = (2 * z - f) * ((item.answer == AuditAnswer::kYes) - item.p);
      e += y / item.pi;
      this_pool += (1 - item.pi) / (item.pi * item.pi) * y * y;
    }
    new_texts += e * e;
  }
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_NEAR(report.tp, tp, 1e-12);
  EXPECT_NEAR(report.gold, gold, 1e-12);
  EXPECT_NEAR(report.f1.value, f, 1e-12);
  EXPECT_NEAR(report.precision.value, tp / predicted, 1e-12);
  EXPECT_NEAR(report.recall.value, tp / gold, 1e-12);
  EXPECT_NEAR(report.f1.se, std::sqrt(30.0 / 29 * new_texts) / (predicted + gold), 1e-12);
  EXPECT_NEAR(EstimateFromAudit(texts, AuditModel::kA, {.scope = AuditScope::kThisPool})->f1.se,
              std::sqrt(this_pool) / (predicted + gold), 1e-12);
  EXPECT_TRUE(report.askable_only);
  EXPECT_EQ(report.predicted, static_cast<int64_t>(predicted));
}

TEST(AuditEstimate, GoldThatCannotBeAskedLowersRecallAndAddsItsVariance) {
  const std::vector<AuditText> texts = SmallAudit();
  const AuditReport without = *EstimateFromAudit(texts, AuditModel::kA);
  const AuditReport certain =
      *EstimateFromAudit(texts, AuditModel::kA, {.unaskable = UnaskableGold{10, 0}});
  const AuditReport uncertain =
      *EstimateFromAudit(texts, AuditModel::kA, {.unaskable = UnaskableGold{10, 25}});
  EXPECT_FALSE(certain.askable_only);
  EXPECT_EQ(certain.precision.value, without.precision.value);
  EXPECT_NEAR(certain.recall.value, without.tp / (without.gold + 10), 1e-12);
  const double denominator = certain.predicted + certain.gold;
  EXPECT_NEAR(uncertain.f1.se * uncertain.f1.se - certain.f1.se * certain.f1.se,
              25 * std::pow(certain.f1.value / denominator, 2), 1e-12);
  EXPECT_NEAR(uncertain.recall.se * uncertain.recall.se - certain.recall.se * certain.recall.se,
              25 * std::pow(certain.recall.value / certain.gold, 2), 1e-12);
}

TEST(AuditEstimate, IsTheTruthOfThePoolWhenEverySpanWasAnswered) {
  Random random(3);
  std::vector<Text> pool = DrawPool(random, false, 100);
  std::vector<AuditText> texts;
  for (Text& text : pool) {
    for (size_t i = 0; i < text.items.size(); ++i) {
      text.items[i].pi = 1;
      text.items[i].answer = text.right[i] ? AuditAnswer::kYes : AuditAnswer::kNo;
    }
    texts.push_back(text.items);
  }
  const AuditReport report =
      *EstimateFromAudit(texts, AuditModel::kB, {.scope = AuditScope::kThisPool});
  EXPECT_NEAR(report.f1.value, Truth(pool, AuditModel::kB).f1, 1e-12);
  EXPECT_NEAR(report.f1.interval.upper - report.f1.interval.lower, 0, 1e-12);
}

TEST(AuditEstimate, NoMistakeSeenIsStillUncertain) {
  std::vector<AuditText> texts(100, AuditText{{1.0, true, true, 1, AuditAnswer::kNotAsked}});
  for (int t = 0; t < 40; ++t) texts[t][0].answer = AuditAnswer::kYes;
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_EQ(report.precision.value, 1);
  EXPECT_NEAR(report.precision.interval.lower, WilsonInterval(40, 40, 0.95).lower, 1e-12);
  EXPECT_EQ(report.precision.interval.upper, 1);
}

TEST(AuditEstimate, FewAnswersSayNothing) {
  std::vector<AuditText> texts = SmallAudit();
  for (size_t t = kMinAnswers - 1; t < texts.size(); ++t)
    texts[t][0].answer = AuditAnswer::kNotAsked;
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_GT(report.f1.value, 0);
  EXPECT_EQ(report.f1.interval.lower, 0);
  EXPECT_EQ(report.f1.interval.upper, 1);
  EXPECT_EQ(AuditF1Difference(texts)->se, 1);
}

TEST(AuditEstimate, CountsPredictedSpansOutsideTheFrame) {
  std::vector<AuditText> texts = SmallAudit();
  texts[0].push_back({0.01, false, true, 0, AuditAnswer::kNotAsked});
  EXPECT_EQ(EstimateFromAudit(texts, AuditModel::kA)->unchecked_predicted, 0);
  EXPECT_EQ(EstimateFromAudit(texts, AuditModel::kB)->unchecked_predicted, 1);
}

TEST(AuditEstimate, ModelThatPredictsNothingHasNoPrecision) {
  std::vector<AuditText> texts = SmallAudit();
  for (AuditText& text : texts) {
    for (AuditItem& item : text) item.predicted_a = false;
  }
  const AuditReport report = *EstimateFromAudit(texts, AuditModel::kA);
  EXPECT_EQ(report.f1.value, 0);
  EXPECT_EQ(report.precision.interval.lower, 0);
  EXPECT_EQ(report.precision.interval.upper, 1);
}

TEST(AuditEstimate, NoAnswerYetIsAnError) {
  const std::vector<AuditText> texts = {{{0.5, true, true, 0.5, AuditAnswer::kIgnored}}};
  EXPECT_EQ(EstimateFromAudit(texts, AuditModel::kA).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(AuditF1Difference({}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(AuditEstimate, NamesEverythingThatIsWrong) {
  const std::vector<AuditText> texts = {{{0.5, true, true, 0, AuditAnswer::kYes}},
                                        {{}, {std::nan(""), true, true, 0.5, AuditAnswer::kYes}}};
  const absl::Status status =
      EstimateFromAudit(texts, AuditModel::kA, {.confidence = 1, .unaskable = UnaskableGold{-1, 0}})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(
      std::string(status.message()),
      testing::AllOf(HasSubstr("4 problems"), HasSubstr("texts[0][0]: was asked, but pi is 0"),
                     HasSubstr("texts[1][1]: p is nan"), HasSubstr("confidence"),
                     HasSubstr("unaskable.count")));
}

TEST(AuditDifference, IsExactlyZeroForEqualModels) {
  std::vector<AuditText> texts = SmallAudit();
  for (AuditText& text : texts) {
    for (AuditItem& item : text) item.predicted_b = item.predicted_a;
  }
  const Difference difference = *AuditF1Difference(texts);
  EXPECT_EQ(difference.value, 0);
  EXPECT_EQ(difference.se, 0);
}

TEST(AuditDifference, OfSimilarModelsIsMuchSurerThanTwoSeparateFigures) {
  Random random(5);
  std::vector<AuditText> texts = Ask(DrawPool(random, true, 600), 200, 1);
  for (size_t t = 0; t < texts.size(); ++t) {
    for (AuditItem& item : texts[t]) item.predicted_b = item.predicted_a != (t % 20 == 0);
  }
  const double separate = std::hypot(EstimateFromAudit(texts, AuditModel::kA)->f1.se,
                                     EstimateFromAudit(texts, AuditModel::kB)->f1.se);
  EXPECT_LT(AuditF1Difference(texts)->se, separate / 2);
}

}  // namespace
}  // namespace winnow::stats

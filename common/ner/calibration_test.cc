#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>

#include "common/base/random.h"
#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// For one-token texts with one feature, four times, whose weight says S with probability p = 1 / (1
// + exp(-score)).
std::shared_ptr<const Model> OneFeatureModel(float score) {
  const float row[] = {score / 4, 0, 0, 0};
  auto model = Model::Make({"A"}, 10, {7}, Transitions(1), [&](size_t) { return row; });
  EXPECT_TRUE(model.ok());
  return *model;
}

Example OneToken(bool yes, double weight = 1) {
  Example example;
  example.features.begins = {0, 4};
  example.features.ids = {7u << 22, 7u << 22, 7u << 22, 7u << 22};
  example.constraint.path = {static_cast<uint16_t>(yes ? 1 : 0)};
  example.weight = weight;
  return example;
}

std::vector<Example> Repeat(size_t yes, size_t no, double weight = 1) {
  std::vector<Example> examples(yes, OneToken(true, weight));
  examples.insert(examples.end(), no, OneToken(false, weight));
  return examples;
}

TEST(FitTemperatureTest, FindsTheTrueTemperature) {
  // At T = 2 the score 4 says p = sigmoid(2) = 0.8808.
  EXPECT_NEAR(FitTemperature(*OneFeatureModel(4), Repeat(8808, 1192)), 2, 0.01);
  EXPECT_NEAR(FitTemperature(*OneFeatureModel(1), Repeat(8808, 1192)), 0.5, 0.01);
}

TEST(FitTemperatureTest, LittleDataStaysNearOne) {
  EXPECT_EQ(FitTemperature(*OneFeatureModel(4), {}), 1);
  const double few = FitTemperature(*OneFeatureModel(4), Repeat(3, 2));
  EXPECT_GT(few, 1.01);
  EXPECT_LT(few, FitTemperature(*OneFeatureModel(4), Repeat(300, 200)));
}

TEST(FitTemperatureTest, WeightsCountByTheirEffectiveNumber) {
  const double plain = FitTemperature(*OneFeatureModel(4), Repeat(30, 20));
  EXPECT_NEAR(FitTemperature(*OneFeatureModel(4), Repeat(30, 20, 1000)), plain, 1e-3);
  // One text that outweighs all others is about one text.
  std::vector<Example> skewed = Repeat(30, 20);
  skewed.push_back(OneToken(false, 1e6));
  EXPECT_LT(FitTemperature(*OneFeatureModel(4), skewed), 1.5);
}

TEST(FitTemperatureTest, BinaryAnswersAndAnnotationsSayTheSame) {
  std::vector<Example> answers = Repeat(300, 100);
  for (Example& example : answers) {
    const bool yes = example.constraint.path[0] == 1;
    example.constraint = {};
    if (yes) {
      example.constraint.allowed = {0, 1, 0, 0, 0};
    } else {
      example.constraint.weighted = {{{0, 1, 0}, 0}};
    }
  }
  EXPECT_NEAR(FitTemperature(*OneFeatureModel(4), answers),
              FitTemperature(*OneFeatureModel(4), Repeat(300, 100)), 1e-3);
}

TEST(FitTemperatureTest, CalibratesAnOverconfidentModel) {
  const auto trained = Train({"PLACE", "PERSON"}, ToyExamples(50, 1), {}, {});
  ASSERT_TRUE(trained.ok());
  std::vector<Example> held_out = ToyExamples(200, 2);
  // One in four is labelled against what the model learnt.
  for (size_t i = 0; i < held_out.size(); i += 4) {
    std::fill(held_out[i].constraint.path.begin(), held_out[i].constraint.path.end(), 0);
  }
  EXPECT_GT(FitTemperature(*trained->model, held_out), 1.5);
}

TEST(MeasureReliabilityTest, ByHand) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 20; ++i)
    outcomes.push_back({.probability = (i + 0.5) / 20, .happened = i >= 10});
  const Reliability reliability = MeasureReliability(outcomes);
  ASSERT_THAT(reliability.bins, SizeIs(10));
  double ece = 0, brier = 0;
  for (int bin = 0; bin < 10; ++bin) {
    EXPECT_EQ(reliability.bins[bin].count, 2u);
    EXPECT_NEAR(reliability.bins[bin].probability, (2 * bin + 1) / 20.0, 1e-12);
    EXPECT_EQ(reliability.bins[bin].frequency, bin >= 5);
    ece += std::abs((2 * bin + 1) / 20.0 - (bin >= 5)) / 10;
  }
  for (const Outcome& o : outcomes)
    brier += (o.probability - o.happened) * (o.probability - o.happened) / 20;
  EXPECT_NEAR(reliability.ece, ece, 1e-12);
  EXPECT_NEAR(reliability.brier, brier, 1e-12);
}

TEST(MeasureReliabilityTest, EqualProbabilitiesStayTogetherAndWeightsCount) {
  std::vector<Outcome> outcomes(30, {.probability = 0.3, .happened = false, .weight = 1});
  outcomes[0] = {.probability = 0.3, .happened = true, .weight = 29};
  const Reliability reliability = MeasureReliability(outcomes);
  ASSERT_THAT(reliability.bins, SizeIs(1));
  EXPECT_EQ(reliability.bins[0].count, 30u);
  EXPECT_NEAR(reliability.bins[0].frequency, 0.5, 1e-12);
  EXPECT_NEAR(reliability.ece, 0.2, 1e-12);
  EXPECT_THAT(MeasureReliability({}).bins, SizeIs(0));
}

// The expected F1 of what the model predicts of the texts.
double ExpectedF1(const Model& model, absl::Span<const Example> examples, double threshold) {
  Decoder decoder;
  Lattice lattice;
  std::vector<float> scores;
  std::vector<Candidate> spans, all;
  double right = 0, predicted = 0, expected = 0;
  for (const Example& example : examples) {
    const size_t n = example.features.num_tokens();
    model.Score(example.features, scores);
    decoder.Decode(scores, n, model.transition_factors(), std::vector<double>(2, threshold), spans);
    for (const Candidate& span : spans) right += span.probability;
    predicted += static_cast<double>(spans.size());
    EXPECT_TRUE(lattice.Forward(scores, n, model.transition_factors()));
    lattice.Backward();
    FindCandidates(lattice, 1e-9, all);
    for (const Candidate& span : all) expected += span.probability;
  }
  return 2 * right / (predicted + expected);
}

TEST(FitThresholdTest, HasTheBestExpectedF1) {
  const auto trained = Train({"PLACE", "PERSON"}, ToyExamples(3, 1), {}, {.epochs = 1});
  ASSERT_TRUE(trained.ok());
  const std::vector<Example> texts = ToyExamples(60, 2);
  EXPECT_EQ(FitThreshold(*trained->model, {}), kDefaultThreshold);
  for (const double temperature : {0.7, 1.0, 1.5}) {
    const auto model = trained->model->WithTemperature(temperature);
    const double threshold = FitThreshold(*model, texts);
    const double best = ExpectedF1(*model, texts, threshold);
    for (double other = 0.1; other <= 0.5; other += 0.02) {
      EXPECT_LE(ExpectedF1(*model, texts, other), best + 1e-6) << temperature << " " << other;
    }
  }
}

TEST(CrossFitTest, IsOfTheTextsSetAsideOrTheParents) {
  const std::vector<Example> examples = ToyExamples(60, 1);
  const auto aside = [](size_t i) { return i % 3 == 0; };
  const auto nobody = [](size_t) { return false; };
  const std::vector<std::string> labels = {"PLACE", "PERSON"};
  const auto fitted = CrossFit(labels, examples, aside, {}, {});
  ASSERT_TRUE(fitted.ok());
  EXPECT_NE(fitted->temperature, 1);
  EXPECT_NE(fitted->thresholds[0], kDefaultThreshold);
  EXPECT_EQ(fitted->thresholds[0], fitted->thresholds[1]);
  EXPECT_EQ(CrossFit(labels, examples, nobody, {}, {})->temperature, 1);
  const auto parent =
      Train(labels, examples, {}, {})->model->WithTemperature(1.25)->WithThresholds({0.2, 0.3});
  const auto inherited = CrossFit(labels, examples, nobody, {parent.get(), nullptr}, {});
  ASSERT_TRUE(inherited.ok());
  EXPECT_EQ(inherited->temperature, 1.25);
  EXPECT_THAT(inherited->thresholds, ElementsAre(0.2, 0.3));
  const auto one_frozen =
      CrossFit(labels, examples, aside, {parent.get(), nullptr}, {.frozen_labels = {false, true}});
  ASSERT_TRUE(one_frozen.ok());
  EXPECT_NE(one_frozen->thresholds[0], 0.2);
  EXPECT_EQ(one_frozen->thresholds[1], 0.3);
}

TEST(PerfectEceTest, IsWhatAPerfectScoreExceedsOnceInTenTimes) {
  Random random(3);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 400; ++i) outcomes.push_back({random.Uniform(), false});
  const double bound = PerfectEce(outcomes);
  EXPECT_GT(bound, 0.03);
  EXPECT_LT(bound, 0.07);
  int above = 0;
  for (int draw = 0; draw < 300; ++draw) {
    for (Outcome& outcome : outcomes) outcome.happened = random.Uniform() < outcome.probability;
    above += MeasureReliability(outcomes).ece > bound;
  }
  EXPECT_NEAR(above, 30, 20);
}

}  // namespace
}  // namespace winnow::ner

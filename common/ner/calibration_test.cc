#include "common/ner/calibration.h"

#include <algorithm>
#include <cmath>

#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;

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

double FitTemperature(const std::shared_ptr<const Model>& model,
                      const std::vector<Example>& examples) {
  HeldOutTexts texts;
  texts.Add(model, examples);
  return FitScores(texts, {}, FittedBias::kNone).temperature;
}

TEST(FitTemperatureTest, FindsTheTrueTemperature) {
  // At T = 2 the score 4 says p = sigmoid(2) = 0.8808. The prior draws it towards 1 a little.
  EXPECT_NEAR(FitTemperature(OneFeatureModel(4), Repeat(8808, 1192)), 2, 0.02);
  EXPECT_NEAR(FitTemperature(OneFeatureModel(1), Repeat(8808, 1192)), 0.5, 0.01);
}

TEST(FitTemperatureTest, LittleDataStaysNearOne) {
  EXPECT_EQ(FitTemperature(OneFeatureModel(4), {}), 1);
  const double few = FitTemperature(OneFeatureModel(4), Repeat(3, 2));
  EXPECT_GT(few, 1.01);
  EXPECT_LT(few, FitTemperature(OneFeatureModel(4), Repeat(300, 200)));
}

TEST(FitTemperatureTest, WeightsCountByTheirEffectiveNumber) {
  const double plain = FitTemperature(OneFeatureModel(4), Repeat(30, 20));
  EXPECT_NEAR(FitTemperature(OneFeatureModel(4), Repeat(30, 20, 1000)), plain, 1e-3);
  // One text that outweighs all others is about one text.
  std::vector<Example> skewed = Repeat(30, 20);
  skewed.push_back(OneToken(false, 1e6));
  EXPECT_LT(FitTemperature(OneFeatureModel(4), skewed), 1.5);
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
  EXPECT_NEAR(FitTemperature(OneFeatureModel(4), answers),
              FitTemperature(OneFeatureModel(4), Repeat(300, 100)), 1e-3);
}

TEST(FitTemperatureTest, CalibratesAnOverconfidentModel) {
  const auto trained = Train({"PLACE", "PERSON"}, ToyExamples(50, 1), {}, {});
  ASSERT_TRUE(trained.ok());
  std::vector<Example> held_out = ToyExamples(200, 2);
  // One in four is labelled against what the model learnt.
  for (size_t i = 0; i < held_out.size(); i += 4) {
    std::fill(held_out[i].constraint.path.begin(), held_out[i].constraint.path.end(), 0);
  }
  EXPECT_GT(FitTemperature(trained->model, held_out), 1.5);
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
  const std::vector<Example> examples = ToyExamples(60, 2);
  EXPECT_EQ(FitThreshold({}, {}, {}), kDefaultThreshold);
  HeldOutTexts texts;
  texts.Add(trained->model, examples);
  for (const double temperature : {0.7, 1.0, 1.5}) {
    const auto model = trained->model->WithTemperature(temperature);
    const double threshold = FitThreshold(texts, {.temperature = temperature}, {});
    const double best = ExpectedF1(*model, examples, threshold);
    for (double other = 0.1; other <= 0.5; other += 0.02) {
      EXPECT_LE(ExpectedF1(*model, examples, other), best + 1e-6) << temperature << " " << other;
    }
  }
}

// Toy examples whose tokens have the feature that all tokens of real texts have.
std::vector<Example> RealisticExamples(size_t count, uint64_t seed) {
  std::vector<Example> examples = ToyExamples(count, seed);
  for (Example& example : examples) {
    const TextFeatures toy = std::move(example.features);
    TextFeatures& features = example.features = {.begins = {0}};
    for (size_t t = 0; t < toy.num_tokens(); ++t) {
      features.ids.insert(features.ids.end(), toy.of(t).begin(), toy.of(t).end());
      features.ids.push_back(FeatureExtractor::EveryToken());
      features.begins.push_back(static_cast<uint32_t>(features.ids.size()));
    }
  }
  return examples;
}

// The sum of the probabilities of all spans of a label.
double ExpectedSpans(const Model& model, absl::Span<const Example> examples, uint32_t label) {
  Lattice lattice;
  std::vector<float> scores;
  std::vector<Candidate> spans;
  double sum = 0;
  for (const Example& example : examples) {
    model.Score(example.features, scores);
    EXPECT_TRUE(lattice.Forward(scores, example.features.num_tokens(), model.transition_factors()));
    lattice.Backward();
    FindCandidates(lattice, 1e-6, spans);
    for (const Candidate& span : spans) sum += span.span.label == label ? span.probability : 0;
  }
  return sum;
}

TEST(CalibrateTest, TheBiasMakesTheNumberOfSpansRightAndAnotherTrainingBeginsWithoutIt) {
  const std::vector<std::string> labels = {"PLACE", "PERSON"};
  const TrainingResult trained = *Train(labels, RealisticExamples(8, 1), {}, {.epochs = 2});
  std::vector<Example> held_out = RealisticExamples(200, 2);
  // Some of the entities are none here.
  double num_spans = 0;
  for (size_t i = 0; i < held_out.size(); ++i) {
    std::vector<uint16_t>& path = held_out[i].constraint.path;
    if (i % 4 == 0) std::fill(path.begin(), path.end(), 0);
    num_spans += static_cast<double>(SpansOfTags(path, TagSet(2)).size());
  }
  HeldOutTexts texts;
  texts.Add(trained.model, held_out);
  Calibration calibration = FitScores(texts, {}, FittedBias::kEntity);
  calibration.thresholds = {0.3, 0.3};
  EXPECT_LT(calibration.entity_bias, 0);
  TrainingResult calibrated = trained;
  ASSERT_TRUE(Calibrate(calibration, {}, calibrated).ok());
  const double expected =
      ExpectedSpans(*calibrated.model, held_out, 0) + ExpectedSpans(*calibrated.model, held_out, 1);
  EXPECT_NEAR(expected / num_spans, 1, 0.1);

  const Parent parent{calibrated.model.get(), &calibrated.optimizer};
  LearnerOptions options{.epochs = 0, .parent_share = 1};
  EXPECT_EQ(Train(labels, held_out, parent, options)->model->digest(), trained.model->digest());
  options.keep_entity_bias = true;
  const TrainingResult kept = *Train(labels, held_out, parent, options);
  EXPECT_EQ(kept.model->digest(), calibrated.model->digest());
  EXPECT_EQ(kept.optimizer.entity_bias, calibrated.optimizer.entity_bias);
}

TEST(CalibrateTest, TheBeginBiasIsOfTheTagsThatBeginASpan) {
  TrainingResult trained = *Train({"PLACE", "PERSON"}, RealisticExamples(50, 1), {}, {});
  const Calibration calibration{.entity_bias = 0.5, .begin_bias = -1, .thresholds = {0.3, 0.3}};
  ASSERT_TRUE(Calibrate(calibration, {}, trained).ok());
  // Of both labels: S, B, I, E.
  EXPECT_THAT(trained.optimizer.entity_bias,
              ElementsAre(-0.5, -0.5, -0.5, -0.5, 0.5, 0.5, 0.5, 0.5));
}

TEST(CalibrateTest, LabelsThatWereNotTaughtGetNoBias) {
  const TrainingResult trained = *Train({"PLACE", "PERSON"}, RealisticExamples(50, 1), {}, {});
  TrainingResult calibrated = trained;
  ASSERT_TRUE(
      Calibrate({.entity_bias = -1, .thresholds = {0.3, 0.3}}, {true, false}, calibrated).ok());
  EXPECT_THAT(calibrated.optimizer.entity_bias, ElementsAre(-1, 0, -1, 0, -1, 0, -1, 0));
  const std::vector<Example> texts = RealisticExamples(50, 2);
  EXPECT_LT(ExpectedSpans(*calibrated.model, texts, 0),
            0.95 * ExpectedSpans(*trained.model, texts, 0));
  EXPECT_GT(ExpectedSpans(*calibrated.model, texts, 1),
            0.99 * ExpectedSpans(*trained.model, texts, 1));
}

}  // namespace
}  // namespace winnow::ner

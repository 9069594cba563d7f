#include "common/ner/cross_fit.h"

#include "common/ner/decode.h"
#include "common/ner/toy_data.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> kLabels = {"PLACE", "PERSON"};

int InFolds(size_t i) { return static_cast<int>(i % kCalibrationFolds); }
int InNoFold(size_t) { return -1; }
bool IsInFirstFold(size_t i) { return i % kCalibrationFolds == 0; }
bool IsNone(size_t) { return false; }

TEST(CrossFitTest, IsOfTheTextsSetAsideOrTheParents) {
  const std::vector<Example> examples = ToyExamples(80, 1);
  const auto fitted = CrossFit(kLabels, examples, {InFolds, IsNone}, {}, {});
  ASSERT_TRUE(fitted.ok());
  EXPECT_NE(fitted->temperature, 1);
  EXPECT_NE(fitted->entity_bias, 0);
  EXPECT_NE(fitted->thresholds[0], kDefaultThreshold);
  EXPECT_EQ(fitted->thresholds[0], fitted->thresholds[1]);
  EXPECT_EQ(CrossFit(kLabels, examples, {InNoFold, IsNone}, {}, {})->temperature, 1);
  const auto parent =
      Train(kLabels, examples, {}, {})->model->WithTemperature(1.25)->WithThresholds({0.2, 0.3});
  const auto inherited =
      CrossFit(kLabels, examples, {InNoFold, IsNone}, {parent.get(), nullptr}, {});
  ASSERT_TRUE(inherited.ok());
  EXPECT_EQ(inherited->temperature, 1.25);
  EXPECT_EQ(inherited->entity_bias, 0);
  EXPECT_THAT(inherited->thresholds, ElementsAre(0.2, 0.3));
}

// A parent that has learnt the texts set aside is far too sure of them.
TEST(CrossFitTest, WhatTheParentHasLearntIsJudgedByModelsWithoutIt) {
  std::vector<Example> examples = ToyExamples(80, 1);
  // What follows no rule can be learnt by heart alone.
  for (size_t i = 0; i < examples.size(); i += 3)
    std::fill(examples[i].constraint.path.begin(), examples[i].constraint.path.end(), 0);
  const TrainingResult parent = *Train(kLabels, examples, {}, {.epochs = 30});
  const Parent start{parent.model.get(), &parent.optimizer};
  const auto without = CrossFit(kLabels, examples, {InFolds, IsNone}, start, {});
  const auto with = CrossFit(kLabels, examples, {InNoFold, IsInFirstFold}, start, {});
  ASSERT_TRUE(without.ok() && with.ok());
  EXPECT_GT(without->temperature, 1.2 * with->temperature);
}

TEST(CrossFitTest, AnswersCountBesideTheFolds) {
  std::vector<Example> examples = ToyExamples(320, 1);
  // Every other text was answered, and says the opposite of what the others teach.
  for (size_t i = 1; i < examples.size(); i += 2)
    std::fill(examples[i].constraint.path.begin(), examples[i].constraint.path.end(), 0);
  const auto fold = [](size_t i) { return i % 2 == 0 ? static_cast<int>(i / 2 % 4) : -1; };
  const auto answered = [](size_t i) { return i % 2 == 1 && i % 8 < 4; };
  const auto alone = CrossFit(kLabels, examples, {fold, IsNone}, {}, {});
  const auto both = CrossFit(kLabels, examples, {fold, answered}, {}, {});
  ASSERT_TRUE(alone.ok() && both.ok());
  EXPECT_EQ(alone->begin_bias, 0);
  EXPECT_NE(both->begin_bias, 0);
  EXPECT_LT(both->entity_bias + both->begin_bias, alone->entity_bias);
}

TEST(CrossFitTest, ThresholdsOfFrozenLabelsFollowTheTemperature) {
  const std::vector<Example> examples = ToyExamples(80, 1);
  const TrainingResult trained = *Train(kLabels, ToyExamples(5, 3), {}, {.epochs = 2});
  const auto parent = trained.model->WithTemperature(1.25)->WithThresholds({0.2, 0.3});
  const LearnerOptions options{.frozen_labels = {false, true}};
  const auto fitted =
      CrossFit(kLabels, examples, {InFolds, IsNone}, {parent.get(), nullptr}, options);
  ASSERT_TRUE(fitted.ok());
  const auto num_persons = [&](const Model& model) {
    Decoder decoder;
    std::vector<float> scores;
    std::vector<Candidate> spans;
    int count = 0;
    for (const Example& example : examples) {
      model.Score(example.features, scores);
      decoder.Decode(scores, example.features.num_tokens(), model.transition_factors(),
                     model.thresholds(), spans);
      for (const Candidate& span : spans) count += span.span.label == 1;
    }
    return count;
  };
  ASSERT_NE(fitted->temperature, 1.25);
  const auto followed =
      parent->WithTemperature(fitted->temperature)->WithThresholds({0.2, fitted->thresholds[1]});
  EXPECT_NEAR(num_persons(*followed), num_persons(*parent), 2);
}

}  // namespace
}  // namespace winnow::ner

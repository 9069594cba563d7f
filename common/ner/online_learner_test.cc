#include "common/ner/online_learner.h"

#include "common/ner/toy_data.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

TEST(OnlineLearnerTest, StateIsAFunctionOfTheSteps) {
  const TrainingResult base = TrainOrDie(ToyExamples(30, 1));
  const std::vector<Example> examples = ToyExamples(40, 9);
  const auto run = [&](bool snapshots) {
    auto learner = OnlineLearner::Create({base.model.get(), &base.optimizer}, {});
    EXPECT_TRUE(learner.ok()) << learner.status();
    for (size_t i = 0; i < examples.size(); i += 10) {
      std::vector<const Example*> step;
      for (size_t j = i; j < i + 10; ++j) step.push_back(&examples[j]);
      EXPECT_EQ(*learner->Step(step), 0u);
      if (snapshots) {
        EXPECT_TRUE(learner->Snapshot().ok());
      }
    }
    return (*learner->Snapshot())->Serialize();
  };
  EXPECT_EQ(run(true), run(false));
}

TEST(OnlineLearnerTest, LearnsWordsItsParentNeverSaw) {
  const auto base = TrainOrDie(ToyExamples(30, 1)).model->WithTemperature(1.25);
  auto learner = OnlineLearner::Create({base.get(), nullptr}, {});
  ASSERT_TRUE(learner.ok());
  const auto before = *learner->Snapshot();
  EXPECT_EQ(before->digest(), base->digest());
  EXPECT_EQ(before->temperature(), 1.25);
  const ToyText text{{"qqq", "Zzyzx", "rrr"}, {{1, 2, 0}}};
  const Example example = BinaryExample(text, text.spans[0], true);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(learner->Step({&example}).ok());
  const auto after = *learner->Snapshot();
  EXPECT_GT(after->num_rows(), before->num_rows());
  EXPECT_GT(SpanProbability(*after, example.features, text.spans[0]),
            SpanProbability(*before, example.features, text.spans[0]) + 0.1);
}

TEST(OnlineLearnerTest, BadExamplesChangeNothing) {
  const TrainingResult base = TrainOrDie(ToyExamples(30, 1));
  auto learner = OnlineLearner::Create({base.model.get(), &base.optimizer}, {});
  ASSERT_TRUE(learner.ok());
  std::vector<Example> examples = ToyExamples(2, 3);
  examples[1].constraint.path.pop_back();
  EXPECT_FALSE(learner->Step({&examples[0], &examples[1]}).ok());
  EXPECT_EQ((*learner->Snapshot())->digest(), base.model->digest());
}

}  // namespace
}  // namespace winnow::ner

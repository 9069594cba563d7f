#include "common/ner/self_training.h"

#include "common/ner/toy_data.h"
#include "gtest/gtest.h"

namespace winnow::ner {
namespace {

TEST(SelfTrainingTest, WhatIsSureIsKnownAndAllElseIsOpen) {
  const auto model = TrainOrDie(ToyExamples(100, 1)).model;
  const size_t num_tags = static_cast<size_t>(model->tags().num_tags());
  const std::vector<ToyText> texts = {{{"the", "house", "in", "Bell", "was", "sold"}, {{3, 4, 0}}},
                                      {{"the", "old", "by", "Finch", "Gale", "and"}, {{3, 5, 1}}}};
  for (const ToyText& text : texts) {
    Example example = ToyExample(text);
    const std::vector<uint16_t> path = example.constraint.path;
    example.constraint = {};
    TeachWhatIsFound(*model, example);
    EXPECT_TRUE(CheckExample(example, model->tags()).ok());
    EXPECT_LT(example.weight, 1);
    for (size_t t = 0; t < path.size(); ++t) {
      for (size_t tag = 0; tag < num_tags; ++tag)
        EXPECT_EQ(example.constraint.allowed[t * num_tags + tag], tag == path[t])
            << t << " " << tag;
    }
  }

  // A temperature that makes everything as probable as anything else leaves all open.
  Example open = ToyExample(texts[0]);
  open.constraint = {};
  TeachWhatIsFound(*model->WithTemperature(1e6), open);
  EXPECT_EQ(open.constraint.allowed, std::vector<uint8_t>(6 * num_tags, 1));
}

}  // namespace
}  // namespace winnow::ner

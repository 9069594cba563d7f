#include "common/training/train_tagger.h"

#include "common/ner/tagger.h"
#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

std::vector<storage::v1::LabelledText> Texts(size_t count, size_t begin = 0) {
  std::vector<storage::v1::LabelledText> texts;
  for (const measure::Annotated& ad : measure::Ads(count, /*holdout=*/false, begin))
    texts.push_back(measure::CompleteText(ad, {"job", "place"}));
  return texts;
}

TEST(TrainTagger, ASavedModelTagsAsTheOneThatWasTrained) {
  const std::vector<std::string> labels = {"job", "place"};
  const auto trained = TrainTagger(Texts(60), labels);
  ASSERT_TRUE(trained.ok()) << trained.status();
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "winnow_train_tagger.bin";
  ASSERT_TRUE(trained->model->Save(path).ok());
  const auto opened = ner::Model::Open(path);
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::filesystem::remove(path);
  const std::string text = Texts(1, 70)[0].text();
  std::vector<ner::ScoredSpan> before, after;
  ner::Tagger tagger;
  tagger.Tag(*trained->model, text, before);
  tagger.Tag(**opened, text, after);
  EXPECT_THAT(before, testing::SizeIs(2));
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].probability, before[0].probability);
}

TEST(TrainTagger, GoesOnFromAParentAndItsTexts) {
  const std::vector<std::string> labels = {"job"};
  std::vector<storage::v1::LabelledText> first = Texts(60);
  const auto parent = TrainTagger(first, {"job", "place"});
  ASSERT_TRUE(parent.ok());
  const auto child =
      TrainTagger({Labelled("Nurse wanted", {measure::MakeSpan(0, 5)})}, labels,
                  {.parent = {parent->model.get(), &parent->optimizer}, .replay = first});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_THAT(child->model->labels(), testing::ElementsAre("job", "place"));
}

TEST(TrainTagger, LearnsWhatItFindsInRawTexts) {
  const std::vector<std::string> labels = {"job", "place"};
  std::vector<std::string> raw;
  for (const measure::Annotated& ad : measure::Ads(300, /*holdout=*/false, 100))
    raw.push_back(ad.text);
  const auto alone = TrainTagger(Texts(60), labels),
             more = TrainTagger(Texts(60), labels, {.raw_texts = raw});
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_GT(more->model->num_rows(), alone->model->num_rows());
}

}  // namespace
}  // namespace winnow::training

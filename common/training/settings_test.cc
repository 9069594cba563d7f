#include "common/training/settings.h"

#include <string>

#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::BlindModel;
using measure::GoodModel;
using testing::HasSubstr;
using testing::IsEmpty;

// `count` hold-out texts, completely annotated with one job each.
measure::LabelledTexts Holdout(size_t count) {
  measure::LabelledTexts answers;
  for (const measure::Annotated& ad : measure::Ads(count, /*holdout=*/true)) {
    answers.texts.push_back({"", text::SplitKey(ad.text), measure::CompleteText(ad, {"job"}), {}});
  }
  return answers;
}

storage::v1::TrainingSpec WithParent() {
  storage::v1::TrainingSpec spec = MakeSpec();
  spec.set_parent("jobs");
  return spec;
}

TEST(TuningTexts, AreOfTheFirstHalfOfTheHoldoutAndNotExcluded) {
  const measure::LabelledTexts answers = Holdout(400);
  storage::v1::SettingsReport report;
  const auto texts = TuningTexts(WithParent(), answers, {}, report);
  ASSERT_GE(texts.size(), kMinTuningSpans);
  EXPECT_EQ(report.num_texts(), texts.size());
  EXPECT_EQ(report.num_spans(), texts.size());
  for (const measure::GoldText& text : texts)
    EXPECT_LT(text::Bucket(text.split_key), text::kTuneBuckets);
  const auto others = TuningTexts(WithParent(), answers, {texts[3].split_key}, report);
  EXPECT_EQ(others.size(), texts.size() - 1);
}

TEST(TuningTexts, AreNoneWhereThereIsNothingToChooseOrToChooseOn) {
  storage::v1::SettingsReport report;
  EXPECT_THAT(TuningTexts(WithParent(), Holdout(100), {}, report), IsEmpty());
  EXPECT_THAT(report.reason(), HasSubstr("less than 150"));
  const measure::LabelledTexts answers = Holdout(400);
  EXPECT_THAT(TuningTexts(MakeSpec(), answers, {}, report), IsEmpty());
  EXPECT_THAT(report.reason(), HasSubstr("no parent"));
  storage::v1::TrainingSpec spec = WithParent();
  spec.set_eval_split(0.1);
  EXPECT_THAT(TuningTexts(spec, answers, {}, report), IsEmpty());
  EXPECT_THAT(report.reason(), HasSubstr("so few texts are held out"));
  spec = WithParent();
  spec.set_prior(0.03);
  EXPECT_THAT(TuningTexts(spec, answers, {}, report), IsEmpty());
  EXPECT_EQ(report.reason(), "as asked for");
  EXPECT_EQ(report.num_texts(), 0u);
}

class TrainBestTest : public testing::Test {
 protected:
  TrainBestTest() {
    storage::v1::SettingsReport ignored;
    texts_ = TuningTexts(WithParent(), Holdout(400), {}, ignored);
  }

  // Trains to `model` with a share of the parent of 1, to `other` with other settings.
  Chosen TrainTo(std::shared_ptr<const ner::Model> model, std::shared_ptr<const ner::Model> other) {
    const auto train =
        [&](const ner::LearnerOptions& options) -> absl::StatusOr<ner::TrainingResult> {
      ner::TrainingResult result;
      result.model = options.parent_share == 1 ? model : other;
      return result;
    };
    report_.Clear();
    auto chosen = TrainBest({}, texts_, train, report_);
    EXPECT_TRUE(chosen.ok()) << chosen.status();
    return *std::move(chosen);
  }

  std::vector<measure::GoldText> texts_;
  storage::v1::SettingsReport report_;
};

TEST_F(TrainBestTest, TakesWhatIsBetterThanTheDefaults) {
  const Chosen chosen = TrainTo(GoodModel(), BlindModel());
  EXPECT_EQ(chosen.options.parent_share, 1);
  EXPECT_EQ(chosen.trained.model, GoodModel());
  ASSERT_EQ(report_.trials_size(), 3);
  EXPECT_FALSE(report_.trials(0).chosen());
  EXPECT_EQ(report_.trials(0).delta_f1(), 0);
  EXPECT_TRUE(report_.trials(1).chosen());
  EXPECT_GT(report_.trials(1).delta_f1(), 0.5);
  EXPECT_FALSE(report_.trials(2).chosen());
}

TEST_F(TrainBestTest, KeepsTheDefaultsWhenNothingIsBetter) {
  for (const auto& [model, other] :
       {std::pair(BlindModel(), GoodModel()), std::pair(GoodModel(), GoodModel())}) {
    const Chosen chosen = TrainTo(model, other);
    EXPECT_EQ(chosen.options.parent_share, ner::LearnerOptions().parent_share);
    EXPECT_EQ(chosen.trained.model, other);
    EXPECT_TRUE(report_.trials(0).chosen());
    EXPECT_FALSE(report_.trials(1).chosen());
    EXPECT_THAT(report_.reason(), HasSubstr("the defaults"));
  }
}

TEST_F(TrainBestTest, TrainsOnceWithoutTexts) {
  texts_.clear();
  EXPECT_EQ(TrainTo(GoodModel(), BlindModel()).trained.model, BlindModel());
  EXPECT_EQ(report_.trials_size(), 0);
}

TEST_F(TrainBestTest, EndsWithATrialThatIsCancelled) {
  const auto train =
      [&](const ner::LearnerOptions& options) -> absl::StatusOr<ner::TrainingResult> {
    if (options.parent_share == 1) return absl::CancelledError("stop");
    ner::TrainingResult result;
    result.model = BlindModel();
    return result;
  };
  EXPECT_TRUE(absl::IsCancelled(TrainBest({}, texts_, train, report_).status()));
}

}  // namespace
}  // namespace winnow::training

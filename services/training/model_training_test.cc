#include "services/training/model_training.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/testing.h"

namespace winnow::training {
namespace {

using measure::Annotated;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// F1 on other texts of a model trained on these, from nothing.
double F1Of(const v1::TrainingSpec& spec, const TrainingData& data, v1::TrainingReport& report) {
  ModelInput input;
  input.spec = &spec;
  input.data = &data;
  const auto trained =
      TrainModel(input, [](const std::string&, int, double) { return absl::OkStatus(); }, report);
  EXPECT_TRUE(trained.ok()) << trained.status();
  measure::LabelledTexts answers;
  for (const Annotated& ad : measure::Ads(100, /*holdout=*/true)) {
    answers.texts.push_back({"", text::SplitKey(ad.text), measure::CompleteText(ad, {"job"}), {}});
  }
  const auto counts = measure::CountOnGold(*trained->model, measure::GoldTexts(answers.texts, std::vector<std::string>{"job"}));
  double tp = 0, all = 0;
  for (const stats::SpanCounts& text : counts.texts) {
    tp += 2 * text.tp;
    all += text.predicted + text.gold;
  }
  return tp / all;
}

// All jobs of the texts are accepted, and nothing else is known.
TrainingData AcceptsOnly(size_t count) {
  TrainingData data;
  for (const Annotated& ad : measure::Ads(count, /*holdout=*/false)) {
    storage::v1::LabelledText labelled = measure::CompleteText(ad, {"job"});
    labelled.clear_complete_labels();
    data.texts.push_back({text::SplitKey(ad.text), labelled, false});
  }
  return data;
}

TEST(TrainModelTest, AcceptsAloneDoNotMakeEverythingAnEntity) {
  v1::TrainingReport report;
  EXPECT_GT(F1Of(MakeSpec(), AcceptsOnly(200), report), 0.9);
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("only accepts are known")));
  EXPECT_EQ(report.temperature(), 1) << "accepts alone do not tell how sure to be";
}

TEST(TrainModelTest, TheEntityShareThatIsAskedForIsTold) {
  v1::TrainingSpec spec = MakeSpec();
  spec.set_entity_share(0.25);
  v1::TrainingReport report;
  F1Of(spec, AcceptsOnly(20), report);
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("that 25 % of the tokens are in entities was assumed, and")));
}

TEST(TrainModelTest, EnoughRejectsSayMoreThanAnAssumption) {
  TrainingData data = AcceptsOnly(200);
  const auto reject = [&](size_t end) {
    for (size_t i = 0; i < end; ++i) {
      storage::v1::LabelledText& labelled = data.texts[i].labelled;
      *labelled.mutable_rejected() = std::move(*labelled.mutable_accepted());
    }
  };
  v1::TrainingReport with_few, with_many;
  reject(10);
  F1Of(MakeSpec(), data, with_few);
  EXPECT_THAT(with_few.caveats(), Contains(HasSubstr("only accepts are known")));
  reject(40);
  F1Of(MakeSpec(), data, with_many);
  EXPECT_THAT(with_many.caveats(), Not(Contains(HasSubstr("only accepts are known"))));
}

}  // namespace
}  // namespace winnow::training

#include "common/training/model_training.h"

#include <string>

#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using measure::Annotated;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// F1 of a label, on other texts, of a model trained on these.
double F1Of(const storage::v1::TrainingSpec& spec, const TrainingData& data,
            storage::v1::TrainingReport& report, const ner::Model* parent = nullptr,
            const std::string& label = "job") {
  ModelInput input;
  input.parent.model = parent;
  input.spec = &spec;
  input.data = &data;
  const auto go_on = [](storage::v1::TrainingPhase, const ner::EpochProgress&) {
    return absl::OkStatus();
  };
  const auto trained = TrainModel(input, go_on, report);
  EXPECT_TRUE(trained.ok()) << trained.status();
  measure::LabelledTexts answers;
  for (const Annotated& ad : measure::Ads(100, /*holdout=*/true)) {
    answers.texts.push_back({"", text::SplitKey(ad.text), measure::CompleteText(ad, {label}), {}});
  }
  const auto counts = measure::CountOnGold(
      *trained->model, measure::GoldTexts(answers.texts, std::vector<std::string>{label}));
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
  storage::v1::TrainingReport report;
  EXPECT_GT(F1Of(MakeSpec(), AcceptsOnly(200), report), 0.9);
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("no text is completely annotated for job")));
  EXPECT_EQ(report.temperature(), 1) << "accepts alone do not tell how sure to be";
}

TEST(TrainModelTest, AcceptsAloneOfALabelThatIsNewToTheParent) {
  const std::vector<Annotated> old_ads = measure::Ads(100, /*holdout=*/false, /*begin=*/500);
  const auto parent = measure::TrainOn(old_ads, {"place"});
  TrainingData data = AcceptsOnly(200);
  for (const Annotated& ad : old_ads) {
    data.texts.push_back(
        {text::SplitKey(ad.text), measure::CompleteText(ad, {"place"}), /*replayed=*/true});
  }
  storage::v1::TrainingReport report;
  EXPECT_GT(F1Of(MakeSpec(), data, report, parent.get()), 0.9);
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("no text is completely annotated for job:")));
}

TEST(TrainModelTest, AnEntityShareWithoutEffectIsTold) {
  TrainingData data = AcceptsOnly(50);
  for (TrainingText& text : data.texts) text.labelled.add_complete_labels("job");
  storage::v1::TrainingSpec spec = MakeSpec();
  spec.set_entity_share(0.25);
  storage::v1::TrainingReport report;
  F1Of(spec, data, report);
  EXPECT_THAT(report.caveats(), Contains(HasSubstr("the entity share had no effect")));
}

TEST(TrainModelTest, TheEntityShareThatIsAskedForIsTold) {
  storage::v1::TrainingSpec spec = MakeSpec();
  spec.set_entity_share(0.25);
  storage::v1::TrainingReport report;
  F1Of(spec, AcceptsOnly(20), report);
  EXPECT_THAT(report.caveats(),
              Contains(HasSubstr("that 25 % of the tokens are in such entities was assumed, and")));
}

TEST(TrainModelTest, RejectsDoNotReplaceCompleteTexts) {
  TrainingData data = AcceptsOnly(200);
  for (TrainingText& text : data.texts) {
    if (text.split_key % 2 == 0)
      text.labelled.mutable_rejected()->Swap(text.labelled.mutable_accepted());
  }
  storage::v1::TrainingReport with_rejects, with_complete;
  F1Of(MakeSpec(), data, with_rejects);
  EXPECT_THAT(with_rejects.caveats(),
              Contains(HasSubstr("no text is completely annotated for job")));
  for (const Annotated& ad : measure::Ads(40, /*holdout=*/false, /*begin=*/300)) {
    data.texts.push_back({text::SplitKey(ad.text), measure::CompleteText(ad, {"job"}), false});
  }
  F1Of(MakeSpec(), data, with_complete);
  EXPECT_THAT(with_complete.caveats(),
              Not(Contains(HasSubstr("no text is completely annotated for job"))));
}

// Somebody who was asked about jobs only took half of the places for jobs, too.
TEST(TrainModelTest, WhatTheParentKnowsOfLabelsThatAreNotTaughtIsRehearsed) {
  const auto parent =
      measure::TrainOn(measure::Ads(100, /*holdout=*/false, /*begin=*/500), {"job", "place"});
  TrainingData data;
  for (const Annotated& ad : measure::Ads(100, /*holdout=*/false)) {
    TrainingText& text = data.texts.emplace_back();
    text.split_key = text::SplitKey(ad.text);
    text.labelled.set_text(ad.text);
    for (const storage::v1::Span& span : ad.spans) {
      if (span.label() == "place" && data.texts.size() % 2 == 0) continue;
      *text.labelled.add_accepted() = span;
      text.labelled.mutable_accepted()->rbegin()->set_label("job");
    }
  }
  storage::v1::TrainingSpec spec = MakeSpec();
  spec.set_accept_error(0.1);
  storage::v1::TrainingReport report;
  EXPECT_GT(F1Of(spec, data, report, parent.get(), "place"), 0.9);
}

}  // namespace
}  // namespace winnow::training

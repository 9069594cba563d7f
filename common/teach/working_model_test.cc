#include "common/teach/working_model.h"

#include "common/ner/tagger.h"
#include "common/teach/candidates.h"
#include "common/teach/testing.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using measure::MakeSpan;
using measure::ShowAll;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Answers about teaching texts, learnt from on top of GoodModel with some replay.
class WorkingModelTest : public testing::Test {
 protected:
  WorkingModelTest() : ads_(Ads(40, /*holdout=*/false)) {
    for (const Annotated& ad : Ads(5, /*holdout=*/false, /*begin=*/1000)) {
      replay_.push_back(measure::CompleteText(ad, {"job", "place"}));
    }
    version_ = models_.Publish(measure::GoodModel(), replay_);
  }

  WorkingModel Start() {
    return *WorkingModel::Start(models_.store(), version_, MakeQueue(), corpus_.reader());
  }
  WorkingModel CaughtUp() {
    WorkingModel model = Start();
    EXPECT_TRUE(model.CatchUp(corpus_.reader()).ok());
    return model;
  }
  void CatchUp(WorkingModel& model) { ASSERT_TRUE(model.CatchUp(corpus_.reader()).ok()); }

  // Rejects the first span of text `index`: the opposite of what the model believes.
  uint64_t Answer(size_t index) {
    return corpus_.Reject("d", ads_[index].text, ads_[index].spans[0]);
  }
  void AnswerUpTo(size_t end) {
    for (; num_answered_ < end; ++num_answered_) revisions_.push_back(Answer(num_answered_));
  }

  TestModels models_;
  measure::TestCorpus corpus_;
  const std::vector<Annotated> ads_;
  std::vector<storage::v1::LabelledText> replay_;
  std::shared_ptr<const models::LoadedModel> version_;
  size_t num_answered_ = 0;
  std::vector<uint64_t> revisions_;
};

TEST_F(WorkingModelTest, ATailBelowTenWaits) {
  WorkingModel model = CaughtUp();
  EXPECT_EQ(model.model()->digest(), version_->model->digest());
  AnswerUpTo(9);
  CatchUp(model);
  EXPECT_EQ(model.step(), 0u);
  EXPECT_EQ(model.model()->digest(), version_->model->digest());
  AnswerUpTo(10);
  CatchUp(model);
  EXPECT_EQ(model.step(), 1u);
  EXPECT_NE(model.model()->digest(), version_->model->digest());
  const uint64_t digest = model.model()->digest();
  AnswerUpTo(19);
  CatchUp(model);
  EXPECT_EQ(model.step(), 1u);
  EXPECT_EQ(model.model()->digest(), digest);
}

TEST_F(WorkingModelTest, TheSameAnswersGiveTheSameModelHoweverTheyCame) {
  WorkingModel one_by_one = CaughtUp();
  std::vector<uint64_t> digests;
  for (size_t end = 1; end <= 35; ++end) {
    AnswerUpTo(end);
    CatchUp(one_by_one);
    if (end % 10 == 0) digests.push_back(one_by_one.model()->digest());
  }
  EXPECT_EQ(one_by_one.step(), 3u);
  EXPECT_NE(digests[0], digests[1]);
  const WorkingModel at_once = CaughtUp();
  EXPECT_EQ(at_once.step(), 3u);
  EXPECT_EQ(at_once.model()->digest(), digests[2]);
  // To the last bit.
  EXPECT_EQ(at_once.model()->Serialize(), one_by_one.model()->Serialize());
}

TEST_F(WorkingModelTest, ItLearnsWhatIsAnswered) {
  // "wanted" is a job, people say.
  for (size_t i = 0; i < 20; ++i) {
    const Annotated ad = measure::Mark(absl::StrCat("Nurse [wanted] in Paris, again ", i));
    if (text::IsHoldout(text::Bucket(text::SplitKey(ad.text)))) continue;
    corpus_.Accept("d", ad.text, ad.spans[0]);
  }
  const auto probability = [](const ner::Model& model) {
    std::vector<ner::ScoredSpan> found;
    ner::Tagger().FindCandidates(model, "Cook wanted in Rome", 1e-9, found);
    for (const ner::ScoredSpan& span : found) {
      if (span.start == 5 && span.end == 11 && model.labels()[span.label] == "job")
        return span.probability;
    }
    return 0.0;
  };
  const WorkingModel model = CaughtUp();
  ASSERT_GE(model.step(), 1u);
  EXPECT_GT(probability(*model.model()), probability(*version_->model));
}

TEST_F(WorkingModelTest, ATombstoneRebuildsWithoutTheAnswer) {
  AnswerUpTo(25);
  WorkingModel model = CaughtUp();
  const uint64_t before = model.model()->digest();
  corpus_.Undo("d", revisions_[3]);
  CatchUp(model);
  EXPECT_EQ(model.step(), 2u);
  EXPECT_NE(model.model()->digest(), before);
  EXPECT_EQ(model.model()->digest(), CaughtUp().model()->digest());
  const uint64_t without = model.model()->digest();
  // The tail was not learnt from: nothing to rebuild, but a hole in the next step.
  corpus_.Undo("d", revisions_[22]);
  CatchUp(model);
  EXPECT_EQ(model.model()->digest(), without);
  AnswerUpTo(30);
  CatchUp(model);
  EXPECT_EQ(model.step(), 3u);
  EXPECT_EQ(model.model()->digest(), CaughtUp().model()->digest());
}

TEST_F(WorkingModelTest, HoldoutIgnoredAndComparedTextsAreNotLearntFrom) {
  for (const Annotated& ad : Ads(20, /*holdout=*/true)) corpus_.Reject("d", ad.text, ad.spans[0]);
  storage::v1::Answer comparison;
  comparison.set_kind(storage::v1::TASK_KIND_COMPARE);
  comparison.set_verdict(storage::v1::VERDICT_ACCEPT);
  for (const Annotated& ad : ads_) {
    corpus_.Append("d", ad.text, measure::BinaryAnswer(ad.spans[0], storage::v1::VERDICT_IGNORE));
    corpus_.Append("d", ad.text, comparison);
  }
  AnswerUpTo(9);
  EXPECT_EQ(CaughtUp().step(), 0u);
  AnswerUpTo(10);
  EXPECT_EQ(CaughtUp().step(), 1u);
}

TEST_F(WorkingModelTest, ReplayIsMixedIn) {
  AnswerUpTo(10);
  const uint64_t with_replay = CaughtUp().model()->digest();
  version_ = models_.Publish(measure::GoodModel());
  EXPECT_NE(CaughtUp().model()->digest(), with_replay);
  version_ = models_.Publish(measure::GoodModel(), replay_);
  EXPECT_EQ(CaughtUp().model()->digest(), with_replay);
}

TEST_F(WorkingModelTest, WhatTheVersionHasLearntIsRememberedAndNotLearntAgain) {
  AnswerUpTo(12);
  models::Lineage lineage;
  lineage.spec_json = "{}";
  lineage.database_id = corpus_.reader().info().database_id();
  lineage.datasets = {"another", "d"};
  lineage.revision = revisions_[6];
  version_ = models_.Publish(measure::GoodModel(), replay_, &lineage);
  EXPECT_EQ(CaughtUp().step(), 0u);
  const std::string key =
      StringKey(text::SpanText(ads_[0].text, text::OffsetMap(ads_[0].text), ads_[0].spans[0]),
                ads_[0].spans[0].label());
  EXPECT_GT(CaughtUp().MemoryOf(key).num_rejected, 0u);
  AnswerUpTo(17);
  WorkingModel model = CaughtUp();
  EXPECT_EQ(model.step(), 1u);
  const uint64_t digest = model.model()->digest();
  corpus_.Undo("d", revisions_[0]);
  CatchUp(model);
  EXPECT_EQ(model.model()->digest(), digest);

  // The same revision of another database, or of another data set, is no such thing.
  lineage.datasets = {"another"};
  version_ = models_.Publish(measure::GoodModel(), replay_, &lineage);
  EXPECT_EQ(CaughtUp().step(), 1u);
  AnswerUpTo(20);
  EXPECT_EQ(CaughtUp().step(), 2u);
  lineage.datasets = {"d"};
  lineage.database_id = "another";
  version_ = models_.Publish(measure::GoodModel(), replay_, &lineage);
  EXPECT_EQ(CaughtUp().step(), 2u);
}

TEST_F(WorkingModelTest, ADroppedDataSetIsForgotten) {
  AnswerUpTo(20);
  WorkingModel model = CaughtUp();
  ASSERT_EQ(model.step(), 2u);
  corpus_.Change([](corpus::Transaction& transaction) { return transaction.DropDataset("d"); });
  CatchUp(model);
  EXPECT_EQ(model.step(), 0u);
  EXPECT_EQ(model.model()->digest(), version_->model->digest());
  AnswerUpTo(30);
  CatchUp(model);
  EXPECT_EQ(model.model()->digest(), CaughtUp().model()->digest());
  EXPECT_EQ(model.step(), 1u);
}

TEST_F(WorkingModelTest, MemoryCountsWhatWasAskedOfAString) {
  for (size_t i = 0, asked = 0; asked < 10; ++i) {
    const std::string text = absl::StrCat(i % 2 == 0 ? "Nurse " : "NURSE ", i);
    if (text::IsHoldout(text::Bucket(text::SplitKey(text)))) continue;
    if (++asked <= 4) {
      corpus_.Reject("d", text, MakeSpan(0, 5));
    } else {
      corpus_.Accept("d", text, MakeSpan(0, 5));
    }
  }
  const ner::StringMemory memory = CaughtUp().MemoryOf(StringKey("nurse", "job"));
  EXPECT_EQ(memory.num_asked, 10u);
  EXPECT_EQ(memory.num_rejected, 4u);
  EXPECT_EQ(CaughtUp().MemoryOf(StringKey("nurse", "place")).num_asked, 0u);
}

TEST_F(WorkingModelTest, AcceptedSpansAreThoseThatStandInTheStepsTaken) {
  const std::string& text = ads_[30].text;
  const std::string id = corpus::ExampleIdOf(text);
  corpus_.Accept("d", text, MakeSpan(0, 3));
  corpus_.Accept("d", text, MakeSpan(4, 6));
  AnswerUpTo(8);
  WorkingModel model = CaughtUp();
  EXPECT_THAT(ShowAll(model.AcceptedIn(id)), ElementsAre("0-3 job", "4-6 job"));
  EXPECT_THAT(model.AcceptedIn(corpus::ExampleIdOf(ads_[0].text)), IsEmpty());
  // Corrected: not before the step that learns from it, so that a restart ranks the same questions.
  const uint64_t correction = corpus_.Reject("d", text, MakeSpan(0, 3));
  CatchUp(model);
  EXPECT_THAT(ShowAll(model.AcceptedIn(id)), ElementsAre("0-3 job", "4-6 job"));
  AnswerUpTo(17);
  CatchUp(model);
  EXPECT_THAT(ShowAll(model.AcceptedIn(id)), ElementsAre("4-6 job"));
  corpus_.Undo("d", correction);
  CatchUp(model);
  EXPECT_THAT(ShowAll(model.AcceptedIn(id)), ElementsAre("0-3 job", "4-6 job"));
}

}  // namespace
}  // namespace winnow::teach

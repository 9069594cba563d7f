#include "services/annotation/teach_supply.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/testing.h"

namespace winnow::annotation {
namespace {

using measure::Ads;
using measure::Annotated;

class TeachSupplyTest : public testing::Test {
 protected:
  TeachSupplyTest() : queue_(MakeQueue()), cache_(&models_.store()) {
    models_.Publish(measure::GoodModel());
    std::vector<std::string> texts = TextsOf(Ads(10, /*holdout=*/false));
    for (const Annotated& ad : Ads(10, /*holdout=*/true)) texts.push_back(ad.text);
    corpus_.AddSource("s", texts);
    queue_.set_audit_share(0.25);
    queue_.set_frame_source_revision(corpus_.corpus().revision());
    const QuestionPool pool = *ReadPool(corpus_.reader(), queue_, corpus::kLatest);
    corpus_.PutQueue(queue_, MakeAuditFrame(pool, *measure::GoodModel(), queue_, {}));
  }

  std::unique_ptr<TeachSupply> Open() {
    return *TeachSupply::Open(queue_, corpus_.corpus(), cache_, models_.store());
  }
  // Takes tasks as one queue would: the strategies of the first `count`, in order.
  std::vector<v1::Task> Take(TeachSupply& supply, size_t count) {
    AskedTasks asked;
    asked.taken = [this](const std::string& task_id) { return taken_.count(task_id) > 0; };
    std::vector<v1::Task> tasks;
    while (tasks.size() < count) {
      const std::optional<v1::Task> task = supply.Next(asked);
      if (!task.has_value()) break;
      taken_.insert(task->task_id());
      ++asked.num_asked;
      asked.num_audit += task->strategy() == "audit";
      tasks.push_back(*task);
    }
    return tasks;
  }

  TestModels models_;
  measure::TestCorpus corpus_;
  storage::v1::Queue queue_;
  models::ModelCache cache_;
  std::set<std::string> taken_;
};

TEST_F(TeachSupplyTest, AuditQuestionsAreTheirShareAndAboutHoldoutTextsOnly) {
  const std::unique_ptr<TeachSupply> supply = Open();
  std::string order;
  for (const v1::Task& task : Take(*supply, 8)) {
    const bool is_audit = task.strategy() == "audit";
    order += is_audit ? 'A' : 'u';
    EXPECT_EQ(text::IsHoldout(text::Bucket(text::SplitKey(task.text()))), is_audit);
    EXPECT_EQ(task.model_version(), is_audit ? queue_.frame_version() : "jobs@1");
  }
  EXPECT_EQ(order, "uuuAuuuA");
}

TEST_F(TeachSupplyTest, PatternsAskInTurnWithTheModel) {
  queue_.set_patterns(R"({"label":"place","pattern":[{"LOWER":{"IN":["paris","rome"]}}]})");
  const std::unique_ptr<TeachSupply> supply = Open();
  std::string order;
  std::vector<std::string> places;
  for (const v1::Task& task : Take(*supply, 8)) {
    order += task.strategy()[0];
    if (task.strategy() != "patterns") continue;
    EXPECT_FALSE(task.span().has_score());
    EXPECT_EQ(task.span().label(), "place");
    places.push_back(SpanText(task.text(), task.span().start(), task.span().end()));
  }
  EXPECT_EQ(order, "pupaupua");
  EXPECT_THAT(places, testing::Each(testing::AnyOf("Paris", "Rome")));
}

TEST_F(TeachSupplyTest, WhatStandsAcceptedIsNotAskedByAPattern) {
  queue_.set_patterns(
      R"({"label":"job","pattern":[{"LOWER":{"IN":["nurse","cook","teacher","painter"]}}]})");
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Accept("d", ad.text, ad.spans[0]);
  size_t num_by_patterns = 0;
  for (const v1::Task& task : Take(*Open(), 1000)) {
    if (task.strategy() != "patterns") continue;
    ++num_by_patterns;
    EXPECT_THAT(task.text(), testing::HasSubstr("needs a"))
        << "the first span of the others is their job";
  }
  EXPECT_GT(num_by_patterns, 0u);
}

TEST_F(TeachSupplyTest, AuditQuestionsThatAreAnsweredAlreadyDoNotUseUpTheShare) {
  const std::unique_ptr<TeachSupply> supply = Open();
  // Another queue has asked the first ones.
  ASSERT_EQ(Take(*supply, 8).size(), 8u);
  std::string order;
  for (const v1::Task& task : Take(*supply, 8)) order += task.strategy() == "audit" ? 'A' : 'u';
  EXPECT_EQ(order, "uuuAuuuA");
}

TEST_F(TeachSupplyTest, AsksEveryCandidateOnceAndTheSameOnesAfterARestart) {
  std::vector<std::string> before, after;
  for (const v1::Task& task : Take(*Open(), 1000)) before.push_back(task.DebugString());
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()).size(), before.size());
  taken_.clear();
  for (const v1::Task& task : Take(*Open(), 1000)) after.push_back(task.DebugString());
  EXPECT_EQ(after, before);
  v1::Queue described;
  Open()->Describe(described);
  EXPECT_EQ(described.num_teaching_texts(), 10u);
  EXPECT_EQ(described.num_audit_texts(), 10u);
  EXPECT_EQ(described.model_version(), "jobs@1");
}

TEST_F(TeachSupplyTest, ALabelThatTheModelDoesNotKnowIsRefused) {
  queue_.add_labels("name");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      TeachSupply::Open(queue_, corpus_.corpus(), cache_, models_.store()).status()));
}

TEST_F(TeachSupplyTest, WaitsUntilTheLearnerHasReadEverything) {
  const std::unique_ptr<TeachSupply> supply = Open();
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Reject("d", ad.text, ad.spans[0]);
  ASSERT_TRUE(
      supply->WaitUntilCurrent(corpus_.corpus().revision(), absl::Now() + absl::Minutes(5)).ok());
  v1::Queue described;
  supply->Describe(described);
  EXPECT_EQ(described.learner_step(), 1u);
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      supply->WaitUntilCurrent(corpus_.corpus().revision() + 1, absl::Now())));
}

}  // namespace
}  // namespace winnow::annotation

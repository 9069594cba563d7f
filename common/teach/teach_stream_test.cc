#include "common/teach/teach_stream.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/tasks/queue.h"
#include "common/teach/testing.h"
#include "common/text/spans.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::Ads;
using measure::Annotated;
using storage::v1::Task;
using tasks::NoTask;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

bool IsAudit(const Task& task) { return task.selection().strategy() == stats::kAuditStrategy; }

std::vector<std::string> Show(const std::vector<Task>& tasks) {
  std::vector<std::string> shown;
  for (const Task& task : tasks) shown.push_back(task.DebugString());
  return shown;
}

// Ten texts to learn from and ten of the audit frame, under a model that knows them.
class TeachStreamTest : public TeachTest {
 protected:
  explicit TeachStreamTest(std::chrono::milliseconds poll = std::chrono::milliseconds(5))
      : TeachTest(poll) {
    models_.Publish(measure::GoodModel());
    corpus_.AddSource("s", TextsOf(Ads(10, /*holdout=*/false)));
    corpus_.AddSource("s", TextsOf(Ads(10, /*holdout=*/true)));
    queue_.set_audit_share(0.25);
    CreateQueue();
  }

  // 'A' for an audit question, else the first letter of the strategy.
  static std::string Order(const std::vector<Task>& tasks) {
    std::string order;
    for (const Task& task : tasks) order += IsAudit(task) ? 'A' : task.selection().strategy()[0];
    return order;
  }
  // Returns when the version serves in this process.
  void Serve(const std::shared_ptr<const ner::Model>& model) {
    const models::VersionName version = models_.Publish(model)->version;
    while ((*cache_.Get("jobs"))->version != version)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  storage::v1::Queue Stored() const { return *corpus_.reader().GetQueue("q"); }
  absl::Status WaitForAll(TeachStream& stream) {
    return WaitUntilCurrent(stream, corpus_.corpus().revision());
  }
  // All tasks, as if nobody had had one.
  std::vector<std::string> ShowAll(TeachStream& stream) {
    known_.clear();
    stream.Restart();
    return Show(TakeAll(stream));
  }
};

TEST_F(TeachStreamTest, AuditQuestionsAreTheirShareAndAboutHoldoutTextsOnly) {
  Serve(measure::GoodModel());
  const std::unique_ptr<TeachStream> stream = Open();
  const std::vector<Task> tasks = Take(*stream, 8);
  for (const Task& task : tasks) {
    EXPECT_EQ(text::IsHoldout(text::Bucket(text::SplitKey(TextOf(task)))), IsAudit(task));
    EXPECT_EQ(task.selection().model_version(), IsAudit(task) ? "jobs@1" : "jobs@2");
    EXPECT_EQ(task.kind(), storage::v1::TASK_KIND_TEACH);
    EXPECT_TRUE(task.question().has_score());
    EXPECT_EQ(task.id(),
              corpus::TaskIdOf(task.example_id(), task.kind(), {task.question().span()}));
  }
  EXPECT_EQ(Order(tasks), "uuuAuuuA");
}

TEST_F(TeachStreamTest, PatternsAskInTurnWithTheModel) {
  queue_.set_patterns(R"({"label":"place","pattern":[{"LOWER":{"IN":["paris","rome"]}}]})");
  const std::unique_ptr<TeachStream> stream = Open();
  std::vector<std::string> places;
  const std::vector<Task> tasks = Take(*stream, 8);
  for (const Task& task : tasks) {
    if (task.selection().strategy() != "patterns") continue;
    EXPECT_FALSE(task.question().has_score());
    EXPECT_EQ(task.question().span().label(), "place");
    const std::string text = TextOf(task);
    places.emplace_back(text::SpanText(text, text::OffsetMap(text), task.question().span()));
  }
  EXPECT_EQ(Order(tasks), "pupAupuA");
  EXPECT_THAT(places, Each(AnyOf("Paris", "Rome")));
}

TEST_F(TeachStreamTest, WhatStandsAcceptedIsNotAskedByAPattern) {
  queue_.set_patterns(
      R"({"label":"job","pattern":[{"LOWER":{"IN":["nurse","cook","teacher","painter"]}}]})");
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Accept("d", ad.text, ad.spans[0]);
  size_t num_by_patterns = 0;
  for (const Task& task : TakeAll(*Open())) {
    if (task.selection().strategy() != "patterns") continue;
    ++num_by_patterns;
    EXPECT_THAT(TextOf(task), HasSubstr("needs a")) << "the first span of the others is their job";
  }
  EXPECT_GT(num_by_patterns, 0u);
}

TEST_F(TeachStreamTest, AuditQuestionsThatAreAnsweredAlreadyDoNotUseUpTheShare) {
  const std::unique_ptr<TeachStream> stream = Open();
  // Another queue has asked the first ones.
  ASSERT_THAT(Take(*stream, 8), SizeIs(8));
  EXPECT_EQ(Order(Take(*stream, 8)), "uuuAuuuA");
}

TEST_F(TeachStreamTest, AsksEveryCandidateOnceAndTheSameOnesAfterARestart) {
  const std::vector<std::string> before = ShowAll(*Open());
  EXPECT_EQ(std::set<std::string>(before.begin(), before.end()).size(), before.size());
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_EQ(ShowAll(*stream), before);
  EXPECT_EQ(stream->Facts().num_teaching_texts, 10u);
  EXPECT_EQ(stream->Facts().num_audit_texts, 10u);
  EXPECT_EQ(stream->Facts().model_version, "jobs@1");
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
}

TEST_F(TeachStreamTest, ARestartGivesTheSameRankingAsHavingBeenThere) {
  const std::unique_ptr<TeachStream> stream = Open();
  std::vector<uint64_t> revisions;
  const auto answer = [&](size_t count, size_t begin) {
    for (const Annotated& ad : Ads(count, /*holdout=*/false, begin))
      revisions.push_back(corpus_.Reject("d", ad.text, ad.spans[0]));
  };
  answer(25, 0);
  ASSERT_TRUE(WaitForAll(*stream).ok());
  EXPECT_EQ(stream->Facts().learner_step, 2u);
  EXPECT_EQ(stream->Facts().num_unlearnt_answers, 5u);
  const std::vector<std::string> after_25 = ShowAll(*stream);
  EXPECT_EQ(ShowAll(*Open()), after_25);

  answer(10, 25);
  corpus_.Undo("d", revisions[3]);
  const std::vector<std::string> after_undo = ShowAll(*stream);
  EXPECT_NE(after_undo, after_25);
  EXPECT_EQ(ShowAll(*Open()), after_undo);
}

// Nothing was learnt again, so the weights were the same, and the old ranking stayed.
TEST_F(TeachStreamTest, AnUndoOfWhatTheVersionHasLearntChangesTheRankingAsARestartDoes) {
  const std::vector<Annotated> ads = Ads(10, /*holdout=*/false);
  std::vector<uint64_t> revisions;
  for (const Annotated& ad : ads) revisions.push_back(corpus_.Accept("d", ad.text, ad.spans[0]));
  models::Lineage lineage;
  lineage.spec_json = "{}";
  lineage.database_id = corpus_.reader().info().database_id();
  lineage.datasets = {"d"};
  lineage.revision = corpus_.corpus().revision();
  models_.Publish(measure::GoodModel(), {}, &lineage);
  const std::unique_ptr<TeachStream> stream = Open();
  const std::vector<std::string> before = ShowAll(*stream);
  corpus_.Undo("d", revisions[3]);
  const std::vector<std::string> after = ShowAll(*stream);
  EXPECT_GT(after.size(), before.size()) << "its span may be asked again";
  EXPECT_EQ(ShowAll(*Open()), after);
}

TEST_F(TeachStreamTest, WhenCurrentTellsWhenTheLearnerHasReadEverything) {
  const std::unique_ptr<TeachStream> stream = Open();
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Reject("d", ad.text, ad.spans[0]);
  ASSERT_TRUE(WaitForAll(*stream).ok());
  EXPECT_EQ(stream->Facts().learner_step, 1u);
}

TEST_F(TeachStreamTest, WhoWaitsForWhatIsNotYetThereIsToldWhenTheQueueCloses) {
  std::unique_ptr<TeachStream> stream = Open();
  std::vector<absl::Status> told;
  Mutex mutex;
  for (uint64_t ahead = 1; ahead <= 2; ++ahead) {
    stream->WhenCurrent(corpus_.corpus().revision() + ahead, [&](const absl::Status& status) {
      MutexLock lock(mutex);
      told.push_back(status);
    });
  }
  corpus_.Reject("d", Ads(1, false)[0].text, Ads(1, false)[0].spans[0]);
  ASSERT_TRUE(WaitForAll(*stream).ok());
  stream.reset();
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_TRUE(told[0].ok());
  EXPECT_TRUE(absl::IsUnavailable(told[1])) << told[1];
}

TEST_F(TeachStreamTest, ALargePoolIsRankedOnUntilARareEntityIsFound) {
  queue_ = MakeQueue();
  queue_.set_model("blank:en");
  queue_.set_source("large");
  queue_.set_patterns(R"({"label":"job","pattern":"Nurse"})");
  std::vector<std::string> texts = PlainTexts(2 * kBlockTexts + 200);
  texts[0] = "Nurse wanted in Paris";
  ASSERT_FALSE(text::IsHoldout(text::Bucket(text::SplitKey(texts[0]))));
  corpus_.AddSource("large", texts);
  corpus_.PutQueue(queue_);
  // A seed that draws it after the first block.
  const auto is_early = [&](uint64_t seed) {
    Draw draw(texts.size(), MixHash(seed, 0));
    for (size_t i = 0; i < kBlockTexts; ++i) {
      if (draw.Next() == 0) return true;
    }
    return false;
  };
  while (is_early(queue_.seed())) queue_.set_seed(queue_.seed() + 1);

  const std::unique_ptr<TeachStream> stream = Open();
  const std::vector<Task> tasks = TakeAll(*stream);
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(TextOf(tasks[0]), texts[0]);
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
  EXPECT_EQ(stream->WhyEmpty().retry_at, absl::InfiniteFuture());
}

TEST_F(TeachStreamTest, TextsAddedLaterAreAsked) {
  const std::unique_ptr<TeachStream> stream = Open();
  TakeAll(*stream);
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
  const std::vector<std::string> added = TextsOf(Ads(3, /*holdout=*/false, /*begin=*/10));
  corpus_.AddSource("s", added);
  std::set<std::string> asked;
  for (const Task& task : TakeAll(*stream)) asked.insert(TextOf(task));
  EXPECT_EQ(asked, std::set<std::string>(added.begin(), added.end()));
  EXPECT_EQ(stream->Facts().num_teaching_texts, 13u);
}

TEST_F(TeachStreamTest, TwentyNewHoldoutTextsFormAFurtherFrame) {
  const std::unique_ptr<TeachStream> stream = Open();
  const std::string first = Stored().frames(0).SerializeAsString();
  const auto first_asked = (*ReadAuditQuestions(corpus_.reader(), Stored()))[0];
  Serve(measure::GoodModel());
  const std::vector<std::string> added = TextsOf(Ads(20, /*holdout=*/true, /*begin=*/10));
  corpus_.AddSource("s", {added.begin(), added.end() - 1});
  ASSERT_TRUE(WaitForAll(*stream).ok());
  EXPECT_EQ(Stored().frames_size(), 1);
  EXPECT_EQ(stream->Facts().num_audit_texts, 10u);

  corpus_.AddSource("s", {added.back()});
  const uint64_t revision = corpus_.corpus().revision();
  ASSERT_TRUE(WaitForAll(*stream).ok());
  ASSERT_EQ(Stored().frames_size(), 2);
  EXPECT_EQ(Stored().frames(1).model_version(), "jobs@2");
  EXPECT_EQ(Stored().frames(1).source_revision(), revision);
  EXPECT_EQ(stream->Facts().num_audit_texts, 30u);
  // The first one is as it was.
  EXPECT_EQ(Stored().frames(0).SerializeAsString(), first);
  const auto questions = *ReadAuditQuestions(corpus_.reader(), Stored());
  ASSERT_THAT(questions[0], SizeIs(first_asked.size()));
  for (size_t i = 0; i < first_asked.size(); ++i)
    EXPECT_EQ(questions[0][i].task, first_asked[i].task);

  std::map<std::string, std::set<std::string>> asked;
  for (const Task& task : TakeAll(*stream)) {
    if (IsAudit(task)) asked[task.selection().model_version()].insert(TextOf(task));
  }
  EXPECT_THAT(asked["jobs@1"], SizeIs(10));
  EXPECT_EQ(asked["jobs@2"], std::set<std::string>(added.begin(), added.end()));
}

TEST_F(TeachStreamTest, FramesAreAskedInEqualShares) {
  const std::unique_ptr<TeachStream> stream = Open();
  corpus_.AddSource("s", TextsOf(Ads(20, /*holdout=*/true, /*begin=*/10)));
  ASSERT_TRUE(WaitForAll(*stream).ok());
  const auto questions = *ReadAuditQuestions(corpus_.reader(), Stored());
  std::set<std::string> of_first;
  for (const AuditQuestion& question : questions[0])
    of_first.insert(std::string(question.task.bytes()));
  size_t num_asked[2] = {0, 0};
  for (const Task& task : TakeAll(*stream)) {
    if (!IsAudit(task)) continue;
    ++num_asked[of_first.contains(task.id()) ? 0 : 1];
    EXPECT_NEAR(static_cast<double>(num_asked[0]) / 10, static_cast<double>(num_asked[1]) / 20,
                0.1001);
  }
  EXPECT_EQ(num_asked[0], 10u);
  EXPECT_EQ(num_asked[1], 20u);
}

// Only a change of the source, while the queue was open, made one.
TEST_F(TeachStreamTest, HoldoutTextsAddedWhileItIsClosedFormAFrameToo) {
  Open().reset();
  corpus_.AddSource("s", TextsOf(Ads(20, /*holdout=*/true, /*begin=*/10)));
  const std::unique_ptr<TeachStream> stream = Open();
  ASSERT_TRUE(WaitForAll(*stream).ok());
  EXPECT_EQ(Stored().frames_size(), 2);
  EXPECT_EQ(stream->Facts().num_audit_texts, 30u);
}

TEST_F(TeachStreamTest, TheFrameIsMadeOnceAlsoAfterABreak) {
  tasks::OpenProgress progress;
  progress.stopping = true;
  EXPECT_TRUE(absl::IsCancelled(TryOpen(progress).status()));
  EXPECT_EQ(progress.total, 10u);
  EXPECT_EQ(Stored().frames(0).stored_revision(), 0u);
  EXPECT_THAT((*ReadAuditQuestions(corpus_.reader(), Stored()))[0], IsEmpty());

  progress.stopping = false;
  ASSERT_TRUE(TryOpen(progress).ok());
  EXPECT_EQ(progress.done, 10u);
  const storage::v1::Queue made = Stored();
  EXPECT_EQ(made.frames_size(), 1);
  EXPECT_GT(made.frames(0).stored_revision(), 0u);
  // Another version serves, and texts were answered: the frame stays.
  Serve(measure::BlindModel());
  for (const Annotated& ad : Ads(10, /*holdout=*/true)) corpus_.Complete("d", ad);
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_EQ(stream->Facts().num_audit_texts, 10u);
  EXPECT_EQ(Stored().SerializeAsString(), made.SerializeAsString());
}

TEST_F(TeachStreamTest, WhyThereIsNothingIsTold) {
  const std::unique_ptr<TeachStream> stream = Open();
  TakeAll(*stream);
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kExhausted);
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("source 's'"));
  queue_.add_exclude_datasets("gold");
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Complete("gold", ad);
  known_.clear();
  queue_.set_audit_share(0);
  const std::unique_ptr<TeachStream> excluded = Open();
  EXPECT_THAT(TakeAll(*excluded), IsEmpty());
  EXPECT_EQ(excluded->WhyEmpty().reason, NoTask::kAllExcluded);
  EXPECT_THAT(excluded->WhyEmpty().message, HasSubstr("gold"));
  EXPECT_EQ(excluded->Facts().num_excluded_texts, 10u);
}

TEST_F(TeachStreamTest, WhatIsWrongWithTheQueueIsToldWhenItOpens) {
  storage::v1::Queue good = queue_;
  queue_.set_strategy("best");
  EXPECT_TRUE(absl::IsInvalidArgument(TryOpen().status()));
  queue_ = good;
  queue_.set_source("nothing");
  EXPECT_EQ(ReasonOf(TryOpen().status()), "UNKNOWN_SOURCE");
  queue_ = good;
  queue_.set_model("nobody");
  EXPECT_EQ(ReasonOf(TryOpen().status()), "UNKNOWN_MODEL");
}

TEST_F(TeachStreamTest, ShowsTheSentenceAroundTheSpanUnlessUnsegmented) {
  const std::string text = "We are nice. Nurse wanted in Paris. Apply now.";
  queue_ = MakeQueue();
  queue_.set_source("one");
  queue_.clear_labels();
  queue_.add_labels("place");
  queue_.set_model("blank:en");
  queue_.set_patterns(R"({"label":"place","pattern":"Paris"})");
  // The same sentence in a text that is not held out.
  std::string whole = text;
  while (text::IsHoldout(text::Bucket(text::SplitKey(whole)))) whole += " Now.";
  corpus_.AddSource("one", {whole});
  corpus_.PutQueue(queue_);
  const auto lease = [&] {
    const auto queue = *tasks::Queue::Open(queue_, corpus_.corpus(), corpus_.clock(), Open());
    return Await<absl::StatusOr<tasks::LeaseReply>>(
               [&](std::function<void(absl::StatusOr<tasks::LeaseReply>)> done) {
                 queue->Lease("ann", 1, absl::Minutes(5), {}, done);
               })
        ->tasks.at(0)
        .lease.task();
  };
  const Task task = lease();
  EXPECT_EQ(task.selection().strategy(), "patterns");
  EXPECT_EQ(whole.substr(task.view().start(), task.view().end() - task.view().start()),
            "Nurse wanted in Paris.");
  queue_.set_unsegmented(true);
  corpus_.Change([&](corpus::Transaction& transaction) -> absl::Status {
    transaction.DeleteLease("q", task.id(), "ann");
    return absl::OkStatus();
  });
  const Task unsegmented = lease();
  EXPECT_EQ(unsegmented.view().start(), 0u);
  EXPECT_EQ(unsegmented.view().end(), whole.size());
  EXPECT_EQ(unsegmented.id(), task.id());
}

// Nobody has a turn because of the time, so one that were busy would be seen.
class PausedStreamTest : public TeachStreamTest {
 protected:
  PausedStreamTest() : TeachStreamTest(/*poll=*/std::chrono::hours(24)) {}

  static std::shared_ptr<const ner::Model> Fitting() {
    return measure::TrainOn(Ads(50, /*holdout=*/false, /*begin=*/1000), {"job", "place", "name"});
  }
};

TEST_F(PausedStreamTest, AVersionWithoutALabelPausesTheQueueUntilOneFits) {
  queue_.add_labels("name");
  const std::unique_ptr<TeachStream> stream = Open();
  EXPECT_THAT(Take(*stream, 1), IsEmpty());
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kPaused);
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("jobs@1 does not know the label 'name'"));
  EXPECT_EQ(ReasonOf(WaitForAll(*stream)), "UNKNOWN_LABEL");

  Serve(Fitting());
  // A thread that were busy would have seen it by now.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(stream->WhyEmpty().reason, NoTask::kPaused);
  stream->Wake();
  while (stream->WhyEmpty().reason == NoTask::kPaused)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_THAT(TakeAll(*stream), Not(IsEmpty()));
  EXPECT_EQ(stream->Facts().model_version, "jobs@2");
}

TEST_F(PausedStreamTest, OneThatBeginsToServePausesItTooAndNothingIsLost) {
  const std::unique_ptr<TeachStream> stream = Open();
  const std::vector<std::string> before = ShowAll(*stream);
  Serve(measure::TrainOn(Ads(50, /*holdout=*/false, /*begin=*/1000), {"job"}));
  stream->Wake();
  while (stream->WhyEmpty().reason != NoTask::kPaused)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  known_.clear();
  EXPECT_THAT(Take(*stream, 1), IsEmpty());
  EXPECT_THAT(stream->WhyEmpty().message, HasSubstr("jobs@2 does not know the label 'place'"));
  // Answers go on, and are learnt from later.
  for (const Annotated& ad : Ads(10, /*holdout=*/false)) corpus_.Reject("d", ad.text, ad.spans[0]);
  stream->Wake();
  Serve(measure::GoodModel());
  stream->Wake();
  while (stream->WhyEmpty().reason == NoTask::kPaused)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_TRUE(WaitForAll(*stream).ok());
  EXPECT_EQ(stream->Facts().model_version, "jobs@3");
  EXPECT_EQ(stream->Facts().learner_step, 1u);
}

}  // namespace
}  // namespace winnow::teach

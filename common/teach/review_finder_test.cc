// Queues of reviews: what is asked, what is accepted without asking, and what a decision says.
#include "common/teach/review_finder.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/stats/asking.h"
#include "common/tasks/queue.h"
#include "common/tasks/testing.h"
#include "common/teach/ordered_stream.h"
#include "common/teach/ranking.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::BinaryAnswer;
using measure::CompleteAnswer;
using measure::MakeSpan;
using storage::v1::Answer;
using storage::v1::Review;
using storage::v1::Span;
using storage::v1::Task;
using tasks::LeasedTask;
using tasks::NoTask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers of several people in "a" and "b", reviewed into "d".
class ReviewFinderTest : public TeachTest {
 protected:
  ReviewFinderTest() {
    queue_.set_kind(storage::v1::TASK_KIND_REVIEW);
    queue_.clear_source();
    queue_.clear_model();
    queue_.clear_strategy();
    for (const char* input : {"a", "b"}) queue_.add_input_datasets(input);
    // Both exist.
    Judge("a", "ann", "alone", storage::v1::VERDICT_ACCEPT);
    Judge("b", "bob", "alone, too", storage::v1::VERDICT_ACCEPT);
  }

  uint64_t Say(const std::string& dataset, const std::string& person, const std::string& text,
               Answer answer) {
    answer.set_annotator(person);
    return corpus_.Append(dataset, text, std::move(answer));
  }
  uint64_t Mark(const std::string& dataset, const std::string& person, const std::string& text,
                const std::vector<Span>& spans) {
    return Say(dataset, person, text, CompleteAnswer(spans, {"job", "place"}));
  }
  uint64_t Judge(const std::string& dataset, const std::string& person, const std::string& text,
                 storage::v1::Verdict verdict) {
    return Say(dataset, person, text, BinaryAnswer(MakeSpan(0, 2), verdict));
  }
  // "one", on which two people agree; "two", on which they do not; and a question about "three".
  void AddAnswers() {
    for (const char* person : {"ann", "bob"}) Mark("a", person, "one", {MakeSpan(0, 3)});
    said_ = {Mark("a", "ann", "two", {MakeSpan(0, 3)}), Mark("b", "bob", "two", {})};
    Judge("a", "ann", "three", storage::v1::VERDICT_ACCEPT);
    Judge("b", "bob", "three", storage::v1::VERDICT_REJECT);
  }

  absl::StatusOr<std::unique_ptr<OrderedStream>> TryOpenStream() {
    return OrderedStream::Open(environment(), queue_,
                               std::make_unique<ReviewFinder>(corpus_.corpus(), queue_));
  }
  std::unique_ptr<tasks::Queue> OpenQueue() {
    corpus_.PutQueue(queue_);
    // Tokens are told apart by when they were given.
    corpus_.clock().Advance(absl::Seconds(1));
    return *tasks::Queue::Open(queue_, corpus_.corpus(), corpus_.clock(), *TryOpenStream());
  }
  // What is open for the reviewer, when everything was read.
  static std::vector<LeasedTask> LeaseAll(tasks::Queue& queue) {
    auto reply = tasks::Lease(queue, "max", 100);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? reply->tasks : std::vector<LeasedTask>();
  }
  static std::vector<std::string> TextsOf(const std::vector<LeasedTask>& tasks) {
    std::vector<std::string> texts;
    for (const LeasedTask& task : tasks) texts.push_back(task.example.text());
    return texts;
  }
  static absl::StatusOr<storage::v1::StoredAnswer> Decide(tasks::Queue& queue,
                                                          const LeasedTask& task,
                                                          const std::vector<Span>& spans) {
    tasks::GivenAnswer given = tasks::AnswerTo(task.lease);
    given.judgement.spans = spans;
    return tasks::Submit(queue, "max", {given})[0];
  }
  std::vector<Answer> Decisions() const { return corpus::AnswersOf(corpus_.reader(), "d"); }
  void WaitUntilCurrent(tasks::Queue& queue) {
    ASSERT_TRUE(teach::WaitUntilCurrent(queue.stream(), corpus_.corpus().revision()).ok());
  }

  std::vector<uint64_t> said_;
};

TEST_F(ReviewFinderTest, WhatPeopleDifferInComesBeforeWhatTheyAgreeOn) {
  AddAnswers();
  const auto queue = OpenQueue();
  const std::vector<LeasedTask> tasks = LeaseAll(*queue);
  ASSERT_THAT(TextsOf(tasks), ElementsAre("two", "three", "one"));
  const Task& two = tasks[0].lease.task();
  EXPECT_EQ(two.review().coverage(), storage::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(two.review().versions(), SizeIs(2));
  EXPECT_EQ(two.review().versions(0).said(0).annotator(), "ann");
  EXPECT_EQ(two.selection().strategy(), kDisagreementStrategy);
  EXPECT_EQ(two.view().end(), 3u);
  const Task& three = tasks[1].lease.task();
  EXPECT_EQ(three.review().coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_EQ(measure::Show(three.review().span()), "0-2 job");
  EXPECT_EQ(tasks[2].lease.task().selection().strategy(), stats::kUnanimousStrategy);
  EXPECT_THAT(Decisions(), IsEmpty()) << "nothing is merged silently";
}

TEST_F(ReviewFinderTest, ADecisionNamesTheAnswersBetweenWhichItDecides) {
  AddAnswers();
  const auto queue = OpenQueue();
  const std::vector<LeasedTask> tasks = LeaseAll(*queue);
  ASSERT_TRUE(Decide(*queue, tasks[0], {MakeSpan(0, 2, "place")}).ok());
  ASSERT_TRUE(Decide(*queue, tasks[1], {}).ok());
  const std::vector<Answer> decisions = Decisions();
  ASSERT_THAT(decisions, SizeIs(2));
  EXPECT_EQ(decisions[0].kind(), storage::v1::TASK_KIND_REVIEW);
  EXPECT_EQ(decisions[0].coverage(), storage::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(decisions[0].complete_labels(), ElementsAre("job", "place"));
  EXPECT_THAT(decisions[0].decides(), testing::ElementsAreArray(said_));
  EXPECT_EQ(measure::Show(decisions[0].decisions(0).span()), "0-2 place");
  EXPECT_EQ(decisions[1].coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_THAT(decisions[1].decides(), SizeIs(2));
  // A question has one span, which is not mended.
  EXPECT_EQ(Decide(*queue, tasks[2], {MakeSpan(0, 99)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ReviewFinderTest, WhatIsDecidedStaysDecidedAndAnUndoAsksAgain) {
  AddAnswers();
  auto queue = OpenQueue();
  for (const LeasedTask& task : LeaseAll(*queue)) ASSERT_TRUE(Decide(*queue, task, {}).ok());
  Mark("b", "cora", "two", {});
  queue = OpenQueue();
  EXPECT_THAT(LeaseAll(*queue), IsEmpty());
  const auto undone = tasks::Undo(*queue, "max", "", Decisions()[0].revision());
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->task.example.text(), "two");
  const Review& review = undone->task.lease.task().review();
  ASSERT_THAT(review.versions(), SizeIs(2));
  EXPECT_EQ(review.versions(0).num_people(), 2u) << "with what was said since";
  ASSERT_TRUE(Decide(*queue, undone->task, {}).ok());
  EXPECT_THAT(Decisions().back().decides(), SizeIs(3));
}

TEST_F(ReviewFinderTest, WhatAllAgreeOnIsAcceptedOnDemandAndSaysSo) {
  AddAnswers();
  queue_.set_auto_accept(true);
  auto queue = OpenQueue();
  EXPECT_THAT(TextsOf(LeaseAll(*queue)), ElementsAre("two", "three"));
  std::vector<Answer> decisions = Decisions();
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_EQ(decisions[0].annotator(), kAutoAnnotator);
  EXPECT_EQ(decisions[0].queue(), "q");
  EXPECT_EQ(decisions[0].selection().strategy(), stats::kUnanimousStrategy);
  EXPECT_THAT(decisions[0].decides(), SizeIs(2));
  EXPECT_EQ(measure::Show(decisions[0].decisions(0).span()), "0-3 job");
  EXPECT_GT(decisions[0].answered_unix_micros(), 0);
  EXPECT_EQ(queue->Facts()->people.at(std::string(kAutoAnnotator)).num_answers, 1u);

  // What people agree on later is accepted then, once; a rejected span as a reject.
  for (const char* person : {"ann", "bob"}) Judge("a", person, "four", storage::v1::VERDICT_REJECT);
  WaitUntilCurrent(*queue);
  decisions = Decisions();
  ASSERT_THAT(decisions, SizeIs(2));
  EXPECT_EQ(decisions[1].verdict(), storage::v1::VERDICT_REJECT);
  queue = OpenQueue();
  WaitUntilCurrent(*queue);
  EXPECT_THAT(Decisions(), SizeIs(2));
}

TEST_F(ReviewFinderTest, WhatAReviewerDecidedIsNotAcceptedOnceMore) {
  AddAnswers();
  queue_.set_auto_accept(true);
  const auto queue = OpenQueue();
  ASSERT_TRUE(Decide(*queue, LeaseAll(*queue)[0], {}).ok());
  // Now they agree.
  Mark("b", "bob", "two", {MakeSpan(0, 3)});
  WaitUntilCurrent(*queue);
  EXPECT_THAT(Decisions(), SizeIs(2));
}

TEST_F(ReviewFinderTest, NewAnswersMakeNewReviewsAndTakenBackOnesEndThem) {
  const auto queue = OpenQueue();
  EXPECT_THAT(LeaseAll(*queue), IsEmpty());
  tasks::Emptiness why = queue->stream().WhyEmpty();
  EXPECT_EQ(why.reason, NoTask::kExhausted);
  EXPECT_THAT(why.message, HasSubstr("nothing to review"));
  const uint64_t generation = queue->Generation();
  AddAnswers();
  WaitUntilCurrent(*queue);
  EXPECT_GT(queue->Generation(), generation) << "who waits is told";
  corpus_.Undo("b", said_[1]);
  WaitUntilCurrent(*queue);
  EXPECT_THAT(TextsOf(LeaseAll(*queue)), ElementsAre("three", "one"));
}

TEST_F(ReviewFinderTest, AnswersTakenBackUnderATaskDoNotBlockIt) {
  AddAnswers();
  auto queue = OpenQueue();
  const LeasedTask two = LeaseAll(*queue)[0];
  corpus_.Undo("b", said_[1]);
  corpus_.Undo("a", said_[0]);
  ASSERT_TRUE(
      tasks::GiveBack(*queue, "max", {{corpus::Id(two.lease.task().id()), two.lease.token()}})
          .ok());
  const LeasedTask again = LeaseAll(*queue).at(0);
  EXPECT_EQ(again.example.text(), "two");
  EXPECT_THAT(again.lease.task().review().versions(), IsEmpty());
  EXPECT_THAT(again.lease.task().review().labels(), ElementsAre("job", "place"));
  EXPECT_TRUE(Decide(*queue, again, {MakeSpan(0, 3)}).ok());
  EXPECT_THAT(Decisions().at(0).decides(), IsEmpty());
}

TEST_F(ReviewFinderTest, NamesAreMarkedAsHidden) {
  AddAnswers();
  queue_.set_hide_names(true);
  const auto queue = OpenQueue();
  for (const LeasedTask& task : LeaseAll(*queue))
    EXPECT_TRUE(task.lease.task().review().hide_names());
}

TEST_F(ReviewFinderTest, ADataSetThatIsDroppedPausesTheQueue) {
  AddAnswers();
  const auto queue = OpenQueue();
  corpus_.Change([](corpus::Transaction& transaction) { return transaction.DropDataset("b"); });
  EXPECT_TRUE(
      absl::IsNotFound(teach::WaitUntilCurrent(queue->stream(), corpus_.corpus().revision())));
  EXPECT_THAT(LeaseAll(*queue), IsEmpty());
  EXPECT_EQ(queue->stream().WhyEmpty().reason, NoTask::kPaused);
  EXPECT_THAT(queue->stream().WhyEmpty().message, HasSubstr("\"b\""));
  EXPECT_EQ(ReasonOf(TryOpenStream().status()), "UNKNOWN_DATASET");
}

TEST_F(ReviewFinderTest, LargeDataSetsAreReadToTheirEnd) {
  const size_t count = kBlockTexts + 50;
  corpus_.Change([&](corpus::Transaction& transaction) -> absl::Status {
    for (size_t i = 0; i < count; ++i) {
      const std::string text = absl::StrCat("text ", i);
      storage::v1::Example example;
      example.set_text(text);
      std::vector<Answer> answers;
      for (const char* person : {"ann", "bob"}) {
        Answer answer = CompleteAnswer({}, {"job", "place"});
        answer.set_annotator(person);
        answer.set_example_id(corpus::ExampleIdOf(text));
        answer.set_task_id(corpus::MarkupTaskIdOf(answer.example_id(), {"job", "place"}));
        answers.push_back(std::move(answer));
      }
      WINNOW_RETURN_IF_ERROR(transaction.AppendAnswers("a", answers, {example}).status());
    }
    return absl::OkStatus();
  });
  AddAnswers();
  const auto queue = OpenQueue();
  WaitUntilCurrent(*queue);
  EXPECT_EQ(queue->stream().Facts().num_fresh_tasks, count + 3);
  const std::vector<LeasedTask> tasks = LeaseAll(*queue);
  ASSERT_THAT(tasks, SizeIs(100));
  EXPECT_EQ(tasks[0].example.text(), "two") << "of the last block";
}

}  // namespace
}  // namespace winnow::teach

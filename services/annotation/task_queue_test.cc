#include "services/annotation/task_queue.h"

#include <atomic>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/tasks.h"
#include "services/annotation/testing.h"

namespace winnow::annotation {
namespace {

using measure::MakeSpan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using winnow::common::v1::Verdict;

constexpr int kOk = 0;
constexpr int kNotFound = static_cast<int>(absl::StatusCode::kNotFound);
constexpr int kAlreadyExists = static_cast<int>(absl::StatusCode::kAlreadyExists);
constexpr int kFailedPrecondition = static_cast<int>(absl::StatusCode::kFailedPrecondition);
constexpr absl::Duration kTtl = absl::Minutes(5);

// A queue of questions about the first word of "text 0", "text 1", ...
class TaskQueueTest : public testing::Test {
 protected:
  void Start(size_t num_tasks) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < num_tasks; ++i) {
      texts.push_back(absl::StrCat("text ", i));
      tasks_.push_back(MakeQuestion(MakeQueue(), PoolTextOf(texts.back()),
                                    {MakeSpan(0, 4), 0.5, false},
                                    i % 2 == 0 ? "audit" : "uncertainty"));
      tasks_.back().set_model_version("jobs@1");
      tasks_.back().set_learner_step(4);
    }
    corpus_.AddSource("s", texts);
    queue_ = Open();
  }
  // A queue over the same data set, as after a restart.
  std::unique_ptr<TaskQueue> Open(const std::string& name = "q") {
    auto supply = std::make_unique<FakeSupply>(tasks_);
    supply_ = supply.get();
    storage::v1::Queue spec = MakeQueue();
    spec.set_name(name);
    return *TaskQueue::Open(spec, corpus_.corpus(), corpus_.clock(), std::move(supply));
  }

  std::vector<v1::Task> Lease(uint32_t max_tasks, const std::string& annotator = "ann") {
    const v1::LeaseTasksResponse response =
        *queue_->Lease(annotator, max_tasks, kTtl, absl::InfinitePast());
    return {response.tasks().begin(), response.tasks().end()};
  }
  std::vector<std::string> LeaseTexts(uint32_t max_tasks) {
    std::vector<std::string> texts;
    for (const v1::Task& task : Lease(max_tasks)) texts.push_back(task.text());
    return texts;
  }
  static v1::NewAnswer AnswerTo(const v1::Task& task, const std::string& answer_id = "",
                                Verdict verdict = Verdict::VERDICT_ACCEPT) {
    v1::NewAnswer answer;
    answer.set_answer_id(answer_id);
    answer.set_task_id(task.task_id());
    answer.set_fencing_token(task.fencing_token());
    answer.set_verdict(verdict);
    return answer;
  }
  std::vector<v1::SubmitAnswersResponse::Result> SubmitAll(
      const std::vector<v1::NewAnswer>& answers, const std::string& annotator = "ann") {
    v1::SubmitAnswersRequest request;
    request.set_annotator(annotator);
    for (const v1::NewAnswer& answer : answers) *request.add_answers() = answer;
    return queue_->Submit(request);
  }
  v1::SubmitAnswersResponse::Result Submit(const v1::NewAnswer& answer,
                                           const std::string& annotator = "ann") {
    return SubmitAll({answer}, annotator)[0];
  }
  absl::StatusOr<v1::UndoAnswerResponse> Undo(const std::string& request_id, uint64_t revision = 0,
                                              const std::string& annotator = "ann") {
    return queue_->Undo({"", "UndoAnswer", request_id, "digest"}, annotator, revision, kTtl);
  }
  v1::Queue Describe() {
    v1::Queue queue;
    EXPECT_TRUE(queue_->Describe(queue).ok());
    return queue;
  }
  std::vector<storage::v1::Answer> Stored() {
    std::vector<storage::v1::Answer> answers;
    const absl::Status status = corpus_.reader().ForEachAnswer(
        "d", 0, corpus::kLatest, [&](const storage::v1::Answer& answer) {
          answers.push_back(answer);
          return true;
        });
    EXPECT_TRUE(status.ok() || absl::IsNotFound(status)) << status;
    return answers;
  }

  measure::TestCorpus corpus_;
  std::vector<v1::Task> tasks_;
  FakeSupply* supply_ = nullptr;
  std::unique_ptr<TaskQueue> queue_;
};

TEST_F(TaskQueueTest, ATaskIsLeasedToOneUntilItsDeadline) {
  Start(3);
  const std::vector<v1::Task> first = Lease(1);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].text(), "text 0");
  EXPECT_EQ(first[0].queue(), "q");
  EXPECT_EQ(first[0].lease_expires().seconds(), absl::ToUnixSeconds(corpus_.clock().Now() + kTtl));
  EXPECT_THAT(LeaseTexts(1), ElementsAre("text 1"));
  EXPECT_EQ(Describe().num_leased(), 2u);
  corpus_.clock().Advance(kTtl);
  EXPECT_EQ(Describe().num_leased(), 0u);
  EXPECT_THAT(LeaseTexts(5), ElementsAre("text 0", "text 1", "text 2"));
  const v1::LeaseTasksResponse none = *queue_->Lease("ann", 1, kTtl, absl::InfinitePast());
  EXPECT_THAT(none.tasks(), IsEmpty());
  EXPECT_EQ(none.exhausted_reason(), "no more");
}

TEST_F(TaskQueueTest, TheSupplyIsToldWhatWasAsked) {
  Start(4);
  const std::vector<v1::Task> tasks = Lease(2);
  // Before the second of them: one, an audit question.
  EXPECT_EQ(supply_->num_asked(), 1u);
  EXPECT_EQ(supply_->num_audit(), 1u);
  Submit(AnswerTo(tasks[0]));
  Lease(1);
  EXPECT_EQ(supply_->num_asked(), 2u);
  EXPECT_EQ(supply_->num_audit(), 1u);
  corpus_.clock().Advance(kTtl);
  Lease(1);
  EXPECT_EQ(supply_->num_asked(), 1u);
}

TEST_F(TaskQueueTest, WaitingForTheLearnerWaitsForEveryAnswerOnDisk) {
  Start(2);
  const absl::Time deadline = corpus_.clock().Now() + absl::Seconds(1);
  Submit(AnswerTo(Lease(1)[0]));
  EXPECT_EQ(supply_->waited_for(), 0u);
  EXPECT_TRUE(queue_->Lease("ann", 1, kTtl, deadline).ok());
  EXPECT_EQ(supply_->waited_for(), Stored().back().revision());
  supply_->FailWaiting(absl::DeadlineExceededError("still learning"));
  EXPECT_TRUE(absl::IsDeadlineExceeded(queue_->Lease("ann", 1, kTtl, deadline).status()));
}

TEST_F(TaskQueueTest, AnAnswerIsStoredWithWhoWhenAndWhatAsked) {
  Start(1);
  const v1::Task task = Lease(1)[0];
  corpus_.clock().Advance(absl::Seconds(3));
  v1::NewAnswer given = AnswerTo(task, "a1", Verdict::VERDICT_REJECT);
  given.mutable_took()->set_seconds(2);
  const v1::SubmitAnswersResponse::Result result = Submit(given, "bob");
  EXPECT_EQ(result.code(), kOk) << result.message();
  EXPECT_FALSE(result.late());
  ASSERT_THAT(Stored(), SizeIs(1));
  const storage::v1::Answer answer = Stored()[0];
  EXPECT_EQ(answer.revision(), result.revision());
  EXPECT_EQ(answer.kind(), storage::v1::TASK_KIND_BINARY);
  EXPECT_EQ(answer.verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(corpus::IdToHex(answer.task_id()), task.task_id());
  EXPECT_EQ(answer.example_id(), corpus::ExampleIdOf("text 0"));
  ASSERT_THAT(answer.decisions(), SizeIs(1));
  EXPECT_EQ(measure::Show(answer.decisions(0).span()), "0-4 job");
  EXPECT_EQ(answer.decisions(0).verdict(), storage::v1::VERDICT_REJECT);
  EXPECT_EQ(answer.decisions(0).score(), 0.5);
  EXPECT_EQ(answer.annotator(), "bob");
  EXPECT_EQ(answer.answered_unix_micros(), absl::ToUnixMicros(corpus_.clock().Now()));
  EXPECT_EQ(answer.took_micros(), 2'000'000);
  EXPECT_EQ(answer.model_version(), "jobs@1");
  EXPECT_EQ(answer.learner_step(), 4u);
  EXPECT_EQ(answer.queue(), "q");
  EXPECT_EQ(answer.strategy(), "audit");
}

TEST_F(TaskQueueTest, ALateAnswerIsKeptAndFlagged) {
  Start(1);
  const v1::Task task = Lease(1)[0];
  corpus_.clock().Advance(2 * kTtl);
  const v1::SubmitAnswersResponse::Result result = Submit(AnswerTo(task));
  EXPECT_EQ(result.code(), kOk);
  EXPECT_TRUE(result.late());
  EXPECT_TRUE(Stored()[0].late());
  EXPECT_THAT(LeaseTexts(1), IsEmpty());
}

TEST_F(TaskQueueTest, AnAnswerWithALostLeaseIsRefused) {
  Start(2);
  const v1::Task lost = Lease(1, "ann")[0];
  corpus_.clock().Advance(kTtl);
  const v1::Task won = Lease(1, "bob")[0];
  ASSERT_EQ(won.task_id(), lost.task_id());
  EXPECT_EQ(Submit(AnswerTo(lost), "ann").code(), kNotFound);
  EXPECT_EQ(Submit(AnswerTo(won), "bob").code(), kOk);
  EXPECT_EQ(Submit(AnswerTo(lost), "ann").code(), kFailedPrecondition);
  v1::Task unknown = won;
  unknown.set_task_id(std::string(32, '0'));
  EXPECT_EQ(Submit(AnswerTo(unknown)).code(), kNotFound);
  EXPECT_THAT(Stored(), SizeIs(1));
}

TEST_F(TaskQueueTest, AnAnswerThatDoesNotFitStoresNothingAndTheOthersAreTaken) {
  Start(2);
  const std::vector<v1::Task> tasks = Lease(2);
  const auto results =
      SubmitAll({AnswerTo(tasks[0], "a", Verdict::VERDICT_UNSPECIFIED), AnswerTo(tasks[1], "b")});
  EXPECT_EQ(results[0].code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(results[1].code(), kOk);
  EXPECT_EQ(Submit(AnswerTo(tasks[0], "a")).code(), kOk);
}

TEST_F(TaskQueueTest, ARepeatedAnswerIdReturnsTheFirstResult) {
  Start(2);
  const v1::Task task = Lease(1)[0];
  const v1::SubmitAnswersResponse::Result first = Submit(AnswerTo(task, "a1"));
  EXPECT_EQ(Submit(AnswerTo(task, "a1")).SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Submit(AnswerTo(task, "a1", Verdict::VERDICT_REJECT)).code(), kAlreadyExists);
  const v1::Task other = Lease(1)[0];
  const auto twice = SubmitAll({AnswerTo(other, "a2"), AnswerTo(other, "a2")});
  EXPECT_EQ(twice[0].SerializeAsString(), twice[1].SerializeAsString());
  EXPECT_THAT(Stored(), SizeIs(2));
  EXPECT_EQ(Describe().num_accepted(), 2u);
}

TEST_F(TaskQueueTest, TwoAnswersToOneTaskInOneCallAreOne) {
  Start(1);
  const v1::Task task = Lease(1)[0];
  const auto results =
      SubmitAll({AnswerTo(task, "a1"), AnswerTo(task, "a2", Verdict::VERDICT_REJECT)});
  EXPECT_EQ(results[0].code(), kOk);
  EXPECT_EQ(results[1].code(), kFailedPrecondition);
  EXPECT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Describe().num_answers(), 1u);
}

TEST_F(TaskQueueTest, OfAnswersToOneTaskAtTheSameTimeOneIsTaken) {
  constexpr int kTasks = 50;
  Start(kTasks);
  const std::vector<v1::Task> tasks = Lease(kTasks);
  std::atomic<int> num_taken = 0;
  const auto answer_all = [&](const std::string& name) {
    for (const v1::Task& task : tasks)
      num_taken += Submit(AnswerTo(task, name + task.task_id()), name).code() == kOk;
  };
  std::vector<std::thread> people;
  for (const char* name : {"ann", "bob", "cem", "dan"}) people.emplace_back(answer_all, name);
  for (std::thread& person : people) person.join();
  EXPECT_EQ(num_taken, kTasks);
  EXPECT_THAT(Stored(), SizeIs(kTasks));
}

TEST_F(TaskQueueTest, UndoLeasesTheTaskAgain) {
  Start(2);
  const std::vector<v1::Task> tasks = Lease(2);
  const uint64_t first = Submit(AnswerTo(tasks[0])).revision();
  Submit(AnswerTo(tasks[1], "", Verdict::VERDICT_REJECT));
  const v1::UndoAnswerResponse undone = *Undo("u1", first);
  EXPECT_EQ(undone.undone_revision(), first);
  EXPECT_EQ(undone.task().task_id(), tasks[0].task_id());
  EXPECT_EQ(undone.task().span().SerializeAsString(), tasks[0].span().SerializeAsString());
  EXPECT_NE(undone.task().fencing_token(), tasks[0].fencing_token());
  EXPECT_THAT(LeaseTexts(1), IsEmpty());
  EXPECT_EQ(Describe().num_accepted(), 0u);
  EXPECT_EQ(Describe().num_audit_answers(), 0u);
  EXPECT_EQ(Submit(AnswerTo(undone.task(), "", Verdict::VERDICT_IGNORE)).code(), kOk);
  EXPECT_EQ(Describe().num_ignored(), 1u);
}

TEST_F(TaskQueueTest, UndoTakesBackTheAnnotatorsOwnAnswersFromTheLastToTheFirst) {
  Start(3);
  const std::vector<v1::Task> tasks = Lease(3);
  Submit(AnswerTo(tasks[0]), "ann");
  Submit(AnswerTo(tasks[1]), "ann");
  const uint64_t of_bob = Submit(AnswerTo(tasks[2]), "bob").revision();
  EXPECT_TRUE(absl::IsNotFound(Undo("u0", of_bob, "ann").status()));
  EXPECT_EQ(Undo("u1")->task().text(), "text 1");
  EXPECT_EQ(Undo("u2")->task().text(), "text 0");
  EXPECT_TRUE(absl::IsNotFound(Undo("u3").status()));
}

TEST_F(TaskQueueTest, ARepeatedUndoReturnsTheSameLease) {
  Start(2);
  for (const v1::Task& task : Lease(2)) Submit(AnswerTo(task));
  const v1::UndoAnswerResponse first = *Undo("u1");
  EXPECT_EQ(Undo("u1")->SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Submit(AnswerTo(first.task())).code(), kOk);
}

TEST_F(TaskQueueTest, NothingAnsweredIsAskedAgainAfterARestart) {
  Start(4);
  const std::vector<v1::Task> tasks = Lease(3);
  Submit(AnswerTo(tasks[0]));
  Submit(AnswerTo(tasks[1], "", Verdict::VERDICT_IGNORE));
  Submit(AnswerTo(tasks[2]));
  ASSERT_TRUE(Undo("u1").ok());
  const v1::Queue before = Describe();
  queue_ = Open();
  v1::Queue after = Describe();
  EXPECT_EQ(after.num_leased(), 0u);
  after.set_num_leased(before.num_leased());
  EXPECT_EQ(after.DebugString(), before.DebugString());
  EXPECT_THAT(LeaseTexts(4), ElementsAre("text 2", "text 3"));
  // Tokens given out before are below those given out now.
  EXPECT_EQ(Submit(AnswerTo(tasks[2])).code(), kNotFound);
  EXPECT_EQ(Undo("u2")->task().text(), "text 1");
}

TEST_F(TaskQueueTest, WhatAnotherQueueOrAnImportAnswersIsNotAskedAgain) {
  Start(4);
  const std::unique_ptr<TaskQueue> first = std::move(queue_);
  queue_ = Open("other");
  Submit(AnswerTo(Lease(1)[0]));
  corpus_.Accept("d", "text 1", MakeSpan(0, 4));
  queue_.reset();
  const v1::LeaseTasksResponse response = *first->Lease("ann", 4, kTtl, absl::InfinitePast());
  ASSERT_THAT(response.tasks(), SizeIs(2));
  EXPECT_EQ(response.tasks(0).text(), "text 2");
}

TEST_F(TaskQueueTest, ATaskAnsweredTwiceStaysAnsweredWhenOneAnswerIsUndone) {
  Start(1);
  Submit(AnswerTo(Lease(1)[0]));
  corpus_.Accept("d", "text 0", MakeSpan(0, 4));
  ASSERT_TRUE(Undo("u1").ok());
  corpus_.clock().Advance(2 * kTtl);
  EXPECT_THAT(LeaseTexts(1), IsEmpty());
}

TEST_F(TaskQueueTest, ADroppedDataSetIsForgotten) {
  Start(2);
  for (const v1::Task& task : Lease(2)) Submit(AnswerTo(task));
  corpus_.Change([](corpus::Transaction& transaction) { return transaction.DropDataset("d"); });
  EXPECT_EQ(Describe().num_answers(), 0u);
  corpus_.Accept("d", "text 1", MakeSpan(0, 4));
  EXPECT_THAT(LeaseTexts(2), ElementsAre("text 0"));
}

}  // namespace
}  // namespace winnow::annotation

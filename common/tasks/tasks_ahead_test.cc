#include "common/tasks/tasks_ahead.h"

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/await.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/tasks/testing_workplace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// Somebody at work.
class Person {
 public:
  Person(TestWorkplace& workplace, const std::string& name, uint32_t num_tasks)
      : name_(name),
        ahead_(TasksAhead::Make(workplace.shared(), {"q", name, num_tasks, absl::Minutes(5)},
                                [this](const absl::StatusOr<LeaseReply>& reply) { Take(reply); })) {
    ahead_->Start();
  }
  ~Person() { End(); }

  // Waits for the next task.
  storage::v1::Lease Next() {
    MutexLock lock(mutex_);
    while (tasks_.empty()) changed_.Wait(mutex_);
    const storage::v1::Lease lease = tasks_.front().lease;
    tasks_.pop_front();
    return lease;
  }
  // Waits until there is no more, for the reason that it returns.
  NoTask NextReason() {
    MutexLock lock(mutex_);
    while (reasons_.empty()) changed_.Wait(mutex_);
    const NoTask reason = reasons_.front();
    reasons_.pop_front();
    return reason;
  }
  absl::Status Failure() {
    MutexLock lock(mutex_);
    while (failure_.ok()) changed_.Wait(mutex_);
    return failure_;
  }
  bool HasTask() {
    MutexLock lock(mutex_);
    return !tasks_.empty();
  }

  absl::StatusOr<storage::v1::StoredAnswer> Answer(const storage::v1::Lease& lease) {
    return Await<absl::StatusOr<storage::v1::StoredAnswer>>(
        [&](auto done) { ahead_->Submit(AnswerTo(lease), std::move(done)); });
  }
  absl::StatusOr<Queue::Undone> Undo() {
    return Await<absl::StatusOr<Queue::Undone>>([&](auto done) {
      ahead_->Undo({name_, "Undo", "", "body"}, 0, std::move(done));
    });
  }
  void Release(const storage::v1::Lease& lease) {
    Await<bool>([&](auto done) {
      ahead_->Release({corpus::Id(lease.task().id()), lease.token()}, [done] { done(true); });
    });
  }
  void End() {
    if (std::exchange(has_ended_, true)) return;
    Await<bool>([&](auto done) { ahead_->End([done] { done(true); }); });
  }

 private:
  void Take(const absl::StatusOr<LeaseReply>& reply) {
    MutexLock lock(mutex_);
    failure_ = reply.status();
    if (reply.ok()) {
      tasks_.insert(tasks_.end(), reply->tasks.begin(), reply->tasks.end());
      if (reply->emptiness.reason != NoTask::kNone) reasons_.push_back(reply->emptiness.reason);
    }
    changed_.NotifyAll();
  }

  const std::string name_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<LeasedTask> tasks_ WINNOW_GUARDED_BY(mutex_);
  std::deque<NoTask> reasons_ WINNOW_GUARDED_BY(mutex_);
  absl::Status failure_ WINNOW_GUARDED_BY(mutex_);
  bool has_ended_ = false;
  const std::shared_ptr<TasksAhead> ahead_;
};

class TasksAheadTest : public testing::Test {
 protected:
  void AddTasks(int num_tasks) {
    for (const std::string& text : Texts(num_tasks)) workplace_.AddTask(text);
  }
  // The tasks that are open for somebody else now.
  std::set<std::string> OpenTasks() {
    std::set<std::string> ids;
    const auto reply = Lease(**workplace_.queues().Wait("q"), "zoe", 100);
    EXPECT_TRUE(reply.ok()) << reply.status();
    for (const LeasedTask& task : reply.value_or(LeaseReply()).tasks)
      ids.insert(task.lease.task().id());
    return ids;
  }

  CapturedLog log_;
  TestWorkplace workplace_;
};

TEST_F(TasksAheadTest, EachTaskThatIsDoneIsReplaced) {
  AddTasks(4);
  Person anna(workplace_, "anna", 2);
  std::set<std::string> seen;
  storage::v1::Lease first = anna.Next(), second = anna.Next();
  EXPECT_EQ(OpenTasks().size(), 2u) << "no more than two are anna's";
  seen = {first.task().id(), second.task().id()};
  EXPECT_EQ(seen.size(), 2u);
  ASSERT_TRUE(anna.Answer(first).ok());
  ASSERT_TRUE(anna.Answer(second).ok());
  EXPECT_EQ(anna.NextReason(), NoTask::kAllLeased) << "zoe has the other two";
}

TEST_F(TasksAheadTest, ThatThereIsNothingIsToldOnceAndTasksFollow) {
  Person anna(workplace_, "anna", 2);
  EXPECT_EQ(anna.NextReason(), NoTask::kExhausted);
  AddTasks(1);
  const storage::v1::Lease lease = anna.Next();
  EXPECT_EQ(anna.NextReason(), NoTask::kAllLeased) << "anna has the only one";
  ASSERT_TRUE(anna.Answer(lease).ok());
  EXPECT_EQ(anna.NextReason(), NoTask::kExhausted);
  workplace_.SetMode(storage::v1::QUEUE_MODE_PAUSED);
  EXPECT_EQ(anna.NextReason(), NoTask::kPaused) << "another reason";
  workplace_.SetMode(storage::v1::QUEUE_MODE_ACTIVE);
  workplace_.AddTask("another text");
  anna.Next();
}

TEST_F(TasksAheadTest, WhatIsLeftGoesBackAtTheEnd) {
  AddTasks(3);
  Person anna(workplace_, "anna", 3);
  const storage::v1::Lease first = anna.Next(), second = anna.Next(), third = anna.Next();
  ASSERT_TRUE(anna.Answer(second).ok());
  anna.End();
  EXPECT_THAT(OpenTasks(), UnorderedElementsAre(first.task().id(), third.task().id()));
}

TEST_F(TasksAheadTest, TheEndComesWhileSomebodyWaits) {
  Person anna(workplace_, "anna", 3);
  anna.NextReason();
  anna.End();
  AddTasks(1);
  EXPECT_EQ(OpenTasks().size(), 1u);
  EXPECT_FALSE(anna.HasTask());
}

TEST_F(TasksAheadTest, AnUndoneTaskIsInThePersonsHandsAgain) {
  AddTasks(1);
  Person anna(workplace_, "anna", 1);
  const storage::v1::Lease lease = anna.Next();
  const auto stored = anna.Answer(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  const auto undone = anna.Undo();
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->revision, stored->revision());
  EXPECT_TRUE(absl::IsNotFound(anna.Undo().status()));
  EXPECT_TRUE(OpenTasks().empty());
  anna.End();
  EXPECT_THAT(OpenTasks(), ElementsAre(lease.task().id()));
}

TEST_F(TasksAheadTest, AReleasedTaskIsOpenForOthers) {
  AddTasks(1);
  Person anna(workplace_, "anna", 1);
  const storage::v1::Lease lease = anna.Next();
  Person bert(workplace_, "bert", 1);
  bert.NextReason();
  anna.Release(lease);
  // Whoever is faster has it: it is open for anna, too.
  while (!anna.HasTask() && !bert.HasTask()) absl::SleepFor(absl::Milliseconds(1));
  Person& holder = anna.HasTask() ? anna : bert;
  EXPECT_EQ(holder.Next().task().id(), lease.task().id());
}

TEST_F(TasksAheadTest, WhoDoesNothingLosesTasksAndGetsNoOthers) {
  AddTasks(2);
  Person anna(workplace_, "anna", 1);
  const storage::v1::Lease lease = anna.Next();
  workplace_.clock().Advance(absl::Minutes(6));
  EXPECT_EQ(OpenTasks().size(), 2u);
  EXPECT_FALSE(anna.HasTask());
  const auto stored = anna.Answer(lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(stored->late());
  EXPECT_EQ(anna.NextReason(), NoTask::kAllLeased);
}

TEST_F(TasksAheadTest, AnAnswerThatIsRefusedLeavesTheTask) {
  AddTasks(2);
  Person anna(workplace_, "anna", 1);
  storage::v1::Lease lease = anna.Next(), foreign = lease;
  foreign.set_token(lease.token() + 1);
  EXPECT_EQ(ReasonOf(anna.Answer(foreign).status()), "LEASE_LOST");
  EXPECT_EQ(OpenTasks().size(), 1u);
  EXPECT_FALSE(anna.HasTask());
  EXPECT_TRUE(anna.Answer(lease).ok());
}

TEST_F(TasksAheadTest, AnArchivedQueueEndsIt) {
  AddTasks(1);
  Person anna(workplace_, "anna", 2);
  const storage::v1::Lease lease = anna.Next();
  workplace_.SetMode(storage::v1::QUEUE_MODE_ARCHIVED);
  EXPECT_EQ(ReasonOf(anna.Failure()), "QUEUE_ARCHIVED");
  EXPECT_TRUE(anna.Answer(lease).ok()) << "what is in hand can be answered";
}

TEST_F(TasksAheadTest, AWaitThatTheServiceEndsIsAnError) {
  Person anna(workplace_, "anna", 1);
  anna.NextReason();
  workplace_.waiters().Stop();
  EXPECT_TRUE(absl::IsUnavailable(anna.Failure()));
}

}  // namespace
}  // namespace winnow::tasks

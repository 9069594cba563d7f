#include "common/tasks/lease_waiters.h"

#include <atomic>
#include <optional>

#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/tasks/testing_workplace.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

// A reply that may not be there yet.
class Reply {
 public:
  Queue::LeaseDone Done() {
    return [this](absl::StatusOr<LeaseReply> reply) {
      MutexLock lock(mutex_);
      reply_ = std::move(reply);
      changed_.NotifyAll();
    };
  }
  LeaseReply Wait() {
    MutexLock lock(mutex_);
    while (!reply_.has_value()) changed_.Wait(mutex_);
    EXPECT_TRUE(reply_->ok()) << reply_->status();
    return reply_->value_or(LeaseReply());
  }
  bool HasCome() {
    MutexLock lock(mutex_);
    return reply_.has_value();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<absl::StatusOr<LeaseReply>> reply_ WINNOW_GUARDED_BY(mutex_);
};

class LeaseWaitersTest : public testing::Test {
 protected:
  void Lease(
      const std::string& person, absl::Duration wait, Reply& reply,
      std::function<bool()> is_gone = [] { return false; }) {
    LeaseRequest request = RequestOf(person, wait);
    request.is_gone = std::move(is_gone);
    workplace_.waiters().Lease(std::move(request), reply.Done());
  }
  static LeaseRequest RequestOf(const std::string& person, absl::Duration wait) {
    LeaseRequest request;
    request.queue = "q";
    request.annotator = person;
    request.ttl = absl::Minutes(5);
    request.wait = wait;
    return request;
  }
  // Long enough for several looks at the queue.
  static void LetItLook() { absl::SleepFor(absl::Milliseconds(30)); }

  CapturedLog log_;
  TestWorkplace workplace_;
};

TEST_F(LeaseWaitersTest, WhoDoesNotWaitIsToldAtOnce) {
  Reply reply;
  Lease("anna", absl::ZeroDuration(), reply);
  EXPECT_EQ(reply.Wait().emptiness.reason, NoTask::kExhausted);
}

TEST_F(LeaseWaitersTest, ATaskThatIsAddedEndsTheWait) {
  Reply reply;
  Lease("anna", absl::Minutes(1), reply);
  LetItLook();
  EXPECT_FALSE(reply.HasCome());
  workplace_.AddTask("text 0");
  EXPECT_EQ(reply.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, ALeaseThatIsGivenBackOrLostEndsTheWaitOfOne) {
  workplace_.AddTask("text 0");
  Reply first, second, third;
  Lease("anna", absl::Minutes(1), first);
  const LeaseReply held = first.Wait();
  Lease("bert", absl::Hours(1), second);
  LetItLook();
  EXPECT_FALSE(second.HasCome());
  ASSERT_EQ(*GiveBack(**workplace_.queues().Wait("q"), "anna",
                      {{corpus::Id(held.tasks[0].lease.task().id()), held.tasks[0].lease.token()}}),
            1u);
  EXPECT_EQ(second.Wait().tasks.size(), 1u);
  Lease("cora", absl::Hours(1), third);
  LetItLook();
  EXPECT_FALSE(third.HasCome());
  workplace_.clock().Advance(absl::Minutes(6));
  EXPECT_EQ(third.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AnAnswerThatIsTakenBackElsewhereEndsTheWait) {
  workplace_.AddTask("text 0");
  Reply first, second;
  Lease("anna", absl::Minutes(1), first);
  const std::shared_ptr<Queue> queue = *workplace_.queues().Wait("q");
  const auto stored = Submit(*queue, first.Wait().tasks[0].lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  Lease("bert", absl::Hours(1), second);
  LetItLook();
  EXPECT_FALSE(second.HasCome());
  ASSERT_TRUE(workplace_.corpus()
                  .Change([&](corpus::Transaction& transaction) {
                    return transaction.Undo("d", stored->revision(), "anna").status();
                  })
                  .ok());
  EXPECT_EQ(second.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AQueueThatIsOpenedAgainGoesOnWithThoseWhoWait) {
  Reply reply;
  Lease("anna", absl::Hours(1), reply);
  LetItLook();
  workplace_.queues().Close("q");
  workplace_.AddTask("text 0");
  EXPECT_EQ(reply.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AWaitThatIsOverIsToldWhyThereIsNone) {
  Reply reply;
  Lease("anna", absl::Minutes(1), reply);
  LetItLook();
  EXPECT_FALSE(reply.HasCome());
  workplace_.clock().Advance(absl::Minutes(2));
  EXPECT_EQ(reply.Wait().emptiness.reason, NoTask::kExhausted);
}

TEST_F(LeaseWaitersTest, WhoHasGoneIsHandedNothing) {
  std::atomic<bool> gone = false;
  Reply reply, other;
  Lease("anna", absl::Hours(1), reply, [&] { return gone.load(); });
  LetItLook();
  gone = true;
  reply.Wait();
  workplace_.AddTask("text 0");
  Lease("bert", absl::ZeroDuration(), other);
  EXPECT_EQ(other.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AnotherReasonEndsTheWaitOfWhoKnowsOne) {
  LeaseRequest request = RequestOf("anna", absl::Hours(1));
  request.told = NoTask::kExhausted;
  Reply reply;
  workplace_.waiters().Lease(request, reply.Done());
  LetItLook();
  EXPECT_FALSE(reply.HasCome());
  workplace_.SetMode(storage::v1::QUEUE_MODE_PAUSED);
  EXPECT_EQ(reply.Wait().emptiness.reason, NoTask::kPaused);
}

TEST_F(LeaseWaitersTest, StoppingLetsEverybodyGo) {
  Reply reply, later;
  Lease("anna", absl::Hours(1), reply);
  LetItLook();
  workplace_.waiters().Stop();
  EXPECT_TRUE(reply.Wait().tasks.empty());
  Lease("bert", absl::Hours(1), later);
  EXPECT_TRUE(later.Wait().tasks.empty());
}

}  // namespace
}  // namespace winnow::tasks

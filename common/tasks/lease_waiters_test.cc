#include "common/tasks/lease_waiters.h"

#include <atomic>
#include <optional>

#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/tasks/stored_stream.h"
#include "common/tasks/testing.h"
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
  LeaseWaitersTest() {
    record_.set_name("q");
    record_.set_kind(storage::v1::TASK_KIND_COMPARE);
    record_.set_dataset("d");
    record_.set_overlap(1);
    EXPECT_TRUE(queues_.Create({}, record_).ok());
  }

  void AddTask(const std::string& text) {
    const absl::Status added = corpus_->Change([&](corpus::Transaction& transaction) {
      return transaction.AppendTasks("q", {MakeTask(text)}, {corpus::MakeExample(text)}).status();
    });
    ASSERT_TRUE(added.ok()) << added;
    if (const auto open = queues_.FindOpen("q")) {
      ASSERT_TRUE(open->stream().Refresh().ok());
    }
  }
  void Lease(
      const std::string& person, absl::Duration wait, Reply& reply,
      std::function<bool()> is_gone = [] { return false; }) {
    waiters_.Lease({"q", person, 1, absl::Minutes(5), wait, std::move(is_gone)}, reply.Done());
  }
  // Long enough for several looks at the queue.
  static void LetItLook() { absl::SleepFor(absl::Milliseconds(30)); }

  CapturedLog log_;
  FakeClock clock_;
  storage::v1::Queue record_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  Queues queues_{*corpus_, clock_, [this](const storage::v1::Queue& queue, OpenProgress&) {
                   return StoredStream::Open(queue, *corpus_);
                 }};
  LeaseWaiters waiters_{queues_, clock_, std::chrono::milliseconds(2)};
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
  AddTask("text 0");
  EXPECT_EQ(reply.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, ALeaseThatIsGivenBackOrLostEndsTheWaitOfOne) {
  AddTask("text 0");
  Reply first, second, third;
  Lease("anna", absl::Minutes(1), first);
  const LeaseReply held = first.Wait();
  Lease("bert", absl::Hours(1), second);
  LetItLook();
  EXPECT_FALSE(second.HasCome());
  ASSERT_EQ(*(*queues_.Wait("q"))
                 ->GiveBack("anna", {{corpus::Id(held.tasks[0].lease.task().id()),
                                      held.tasks[0].lease.token()}}),
            1u);
  EXPECT_EQ(second.Wait().tasks.size(), 1u);
  Lease("cora", absl::Hours(1), third);
  LetItLook();
  EXPECT_FALSE(third.HasCome());
  clock_.Advance(absl::Minutes(6));
  EXPECT_EQ(third.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AnAnswerThatIsTakenBackElsewhereEndsTheWait) {
  AddTask("text 0");
  Reply first, second;
  Lease("anna", absl::Minutes(1), first);
  const std::shared_ptr<Queue> queue = *queues_.Wait("q");
  const auto stored = Submit(*queue, first.Wait().tasks[0].lease);
  ASSERT_TRUE(stored.ok()) << stored.status();
  Lease("bert", absl::Hours(1), second);
  LetItLook();
  EXPECT_FALSE(second.HasCome());
  ASSERT_TRUE(corpus_
                  ->Change([&](corpus::Transaction& transaction) {
                    return transaction.Undo("d", stored->revision(), "anna").status();
                  })
                  .ok());
  EXPECT_EQ(second.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AQueueThatIsOpenedAgainGoesOnWithThoseWhoWait) {
  Reply reply;
  Lease("anna", absl::Hours(1), reply);
  LetItLook();
  queues_.Close("q");
  AddTask("text 0");
  EXPECT_EQ(reply.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, AWaitThatIsOverIsToldWhyThereIsNone) {
  Reply reply;
  Lease("anna", absl::Minutes(1), reply);
  LetItLook();
  EXPECT_FALSE(reply.HasCome());
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(reply.Wait().emptiness.reason, NoTask::kExhausted);
}

TEST_F(LeaseWaitersTest, WhoHasGoneIsHandedNothing) {
  std::atomic<bool> gone = false;
  Reply reply, other;
  Lease("anna", absl::Hours(1), reply, [&] { return gone.load(); });
  LetItLook();
  gone = true;
  reply.Wait();
  AddTask("text 0");
  Lease("bert", absl::ZeroDuration(), other);
  EXPECT_EQ(other.Wait().tasks.size(), 1u);
}

TEST_F(LeaseWaitersTest, StoppingLetsEverybodyGo) {
  Reply reply, later;
  Lease("anna", absl::Hours(1), reply);
  LetItLook();
  waiters_.Stop();
  EXPECT_TRUE(reply.Wait().tasks.empty());
  Lease("bert", absl::Hours(1), later);
  EXPECT_TRUE(later.Wait().tasks.empty());
}

}  // namespace
}  // namespace winnow::tasks

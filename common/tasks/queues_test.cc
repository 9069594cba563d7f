#include "common/tasks/queues.h"

#include <atomic>
#include <set>
#include <thread>

#include "common/base/status.h"
#include "common/base/testing.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using QueueRecord = storage::v1::Queue;

// Opens the streams of queues, some of which are held up or fail.
class Opening {
 public:
  absl::StatusOr<std::unique_ptr<Stream>> Open(const QueueRecord& queue, OpenProgress& progress) {
    MutexLock lock(mutex_);
    ++num_opened_;
    begun_.insert(queue.name());
    changed_.NotifyAll();
    progress.total = 10;
    while (held_.contains(queue.name()) && !progress.stopping) {
      progress.done = 3;
      changed_.WaitFor(mutex_, std::chrono::milliseconds(5));
    }
    if (progress.stopping) return absl::CancelledError("the service shuts down");
    if (!failure_.ok()) return failure_;
    auto stream = std::make_unique<FakeStream>(std::vector<storage::v1::Task>());
    stream->CallAtEnd([this] {
      MutexLock ended(mutex_);
      ended_on_ = std::this_thread::get_id();
      changed_.NotifyAll();
    });
    return stream;
  }
  // The thread on which a stream ended.
  std::thread::id WaitUntilEnded() {
    MutexLock lock(mutex_);
    while (ended_on_ == std::thread::id()) changed_.Wait(mutex_);
    return ended_on_;
  }
  void Hold(const std::string& queue) {
    MutexLock lock(mutex_);
    held_.insert(queue);
    begun_.clear();
  }
  void Release() {
    MutexLock lock(mutex_);
    held_.clear();
    changed_.NotifyAll();
  }
  void WaitUntilBegun(const std::string& queue) {
    MutexLock lock(mutex_);
    while (!begun_.contains(queue)) changed_.Wait(mutex_);
  }
  void Fail(absl::Status status) {
    MutexLock lock(mutex_);
    failure_ = std::move(status);
  }
  int num_opened() {
    MutexLock lock(mutex_);
    return num_opened_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::set<std::string> held_ WINNOW_GUARDED_BY(mutex_);
  std::set<std::string> begun_ WINNOW_GUARDED_BY(mutex_);
  absl::Status failure_ WINNOW_GUARDED_BY(mutex_);
  std::thread::id ended_on_ WINNOW_GUARDED_BY(mutex_);
  int num_opened_ WINNOW_GUARDED_BY(mutex_) = 0;
};

class QueuesTest : public testing::Test {
 protected:
  static QueueRecord MakeQueue(const std::string& name, uint64_t seed = 0) {
    QueueRecord queue;
    queue.set_name(name);
    queue.set_kind(storage::v1::TASK_KIND_TEACH);
    queue.set_dataset("d");
    queue.set_overlap(1);
    queue.set_seed(seed);
    return queue;
  }
  void Create(const std::string& name) { ASSERT_TRUE(queues_->Create({}, MakeQueue(name)).ok()); }

  CapturedLog log_;
  FakeClock clock_;
  Opening opening_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
  std::unique_ptr<Queues> queues_ = std::make_unique<Queues>(
      *corpus_, clock_, [this](const QueueRecord& queue, OpenProgress& progress) {
        return opening_.Open(queue, progress);
      });
};

TEST_F(QueuesTest, OfSixDifferentQueuesOfOneNameAtATimeFiveAreRefused) {
  std::atomic<int> num_made = 0;
  std::atomic<int> num_refused = 0;
  std::vector<std::thread> threads;
  for (uint64_t seed = 0; seed < 6; ++seed) {
    threads.emplace_back([&, seed] {
      const absl::Status status = queues_->Create({}, MakeQueue("q", seed));
      num_made += status.ok();
      num_refused += absl::IsFailedPrecondition(status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(num_made, 1);
  EXPECT_EQ(num_refused, 5);
  const uint64_t seed = corpus_->reader().GetQueue("q")->seed();
  // The same settings again find the queue, whatever was found out since.
  QueueRecord same = MakeQueue("q", seed);
  same.set_created_unix_micros(1);
  same.add_frames();
  EXPECT_TRUE(queues_->Create({}, same).ok());
  EXPECT_EQ(corpus_->reader().GetQueue("q")->frames_size(), 0);
}

TEST_F(QueuesTest, ARepeatedRequestMakesOneQueue) {
  const corpus::RequestKey key = {"ann", "CreateQueue", "r1", "body"};
  ASSERT_TRUE(queues_->Create(key, MakeQueue("q")).ok());
  ASSERT_TRUE(queues_->Delete({}, "q").ok());
  ASSERT_TRUE(queues_->Create(key, MakeQueue("q")).ok());
  EXPECT_TRUE(absl::IsNotFound(corpus_->reader().GetQueue("q").status()));
}

TEST_F(QueuesTest, OpensOnceAndTellsEverybodyWhoWaits) {
  Create("q");
  EXPECT_EQ(queues_->FindOpen("q"), nullptr);
  EXPECT_EQ(queues_->Facts("q").state, QueueState::kClosed);
  opening_.Hold("q");
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<Queue>> found(4);
  for (std::shared_ptr<Queue>& queue : found)
    threads.emplace_back([&] { queue = *queues_->Wait("q"); });
  opening_.WaitUntilBegun("q");
  opening_.Release();
  for (std::thread& thread : threads) thread.join();
  for (const std::shared_ptr<Queue>& queue : found) EXPECT_EQ(queue, found[0]);
  EXPECT_EQ(queues_->FindOpen("q"), found[0]);
  EXPECT_EQ(queues_->Facts("q").state, QueueState::kOpen);
  EXPECT_EQ(opening_.num_opened(), 1);
}

TEST_F(QueuesTest, AQueueThatOpensMakesNoOtherWait) {
  Create("slow");
  Create("fast");
  opening_.Hold("slow");
  std::atomic<bool> is_open = false;
  queues_->Get("slow", [&](absl::StatusOr<std::shared_ptr<Queue>> queue) { is_open = queue.ok(); });
  opening_.WaitUntilBegun("slow");
  EXPECT_TRUE(queues_->Wait("fast").ok());
  EXPECT_FALSE(is_open);
  const SlotFacts facts = queues_->Facts("slow");
  EXPECT_EQ(facts.state, QueueState::kOpening);
  EXPECT_EQ(facts.num_total, 10u);
  EXPECT_EQ(queues_->FindOpen("slow"), nullptr);
  opening_.Release();
  EXPECT_TRUE(queues_->Wait("slow").ok());
}

TEST_F(QueuesTest, AQueueThatCannotOpenSaysWhyAndIsTriedAgainWithBackOff) {
  Create("q");
  opening_.Fail(absl::FailedPreconditionError("the model lacks the label"));
  // Seconds until the next try, after each failure.
  std::vector<int64_t> back_offs;
  for (int i = 0; i < 8; ++i) {
    EXPECT_THAT(std::string(queues_->Wait("q").status().message()), HasSubstr("lacks the label"));
    const SlotFacts facts = queues_->Facts("q");
    EXPECT_EQ(facts.state, QueueState::kFailed);
    EXPECT_TRUE(absl::IsFailedPrecondition(facts.error));
    const absl::Duration wait = facts.retry_at - clock_.Now();
    back_offs.push_back(absl::ToInt64Seconds(wait));
    clock_.Advance(wait - absl::Microseconds(1));
    // Told at once, without another try.
    const absl::Status told = queues_->Wait("q").status();
    EXPECT_TRUE(absl::IsFailedPrecondition(told));
    EXPECT_EQ(RetryAfterOf(told), absl::Microseconds(1));
    EXPECT_EQ(opening_.num_opened(), i + 1);
    clock_.Advance(absl::Microseconds(1));
  }
  EXPECT_THAT(back_offs, ElementsAre(1, 2, 4, 8, 16, 32, 60, 60));
  opening_.Fail(absl::OkStatus());
  EXPECT_TRUE(queues_->Wait("q").ok());
  // Opened once, it begins with the shortest again.
  clock_.Advance(kIdle);
  queues_->CloseIdle();
  opening_.Fail(absl::UnavailableError("again"));
  EXPECT_FALSE(queues_->Wait("q").ok());
  EXPECT_EQ(queues_->Facts("q").retry_at, clock_.Now() + absl::Seconds(1));
}

TEST_F(QueuesTest, AnIdleQueueIsClosedAndOpenedWhenItIsAskedForAgain) {
  Create("q");
  Create("busy");
  std::shared_ptr<Queue> held = *queues_->Wait("busy");
  ASSERT_TRUE(queues_->Wait("q").ok());
  clock_.Advance(kIdle - absl::Microseconds(1));
  queues_->CloseIdle();
  EXPECT_NE(queues_->FindOpen("q"), nullptr);
  clock_.Advance(absl::Microseconds(1));
  queues_->CloseIdle();
  EXPECT_EQ(queues_->FindOpen("q"), nullptr);
  EXPECT_EQ(queues_->Facts("q").state, QueueState::kClosed);
  // Somebody works with it.
  EXPECT_EQ(queues_->FindOpen("busy"), held);
  held.reset();
  queues_->CloseIdle();
  EXPECT_EQ(queues_->FindOpen("busy"), nullptr);
  EXPECT_TRUE(queues_->Wait("q").ok());
  EXPECT_EQ(opening_.num_opened(), 3);
}

// Whoever drops the last reference may be a learner of the queue, for whom its end waits.
TEST_F(QueuesTest, AQueueEndsOnAThreadOfItsOwn) {
  Create("q");
  std::shared_ptr<Queue> held = *queues_->Wait("q");
  queues_->Close("q");
  held.reset();
  EXPECT_NE(opening_.WaitUntilEnded(), std::this_thread::get_id());
}

TEST_F(QueuesTest, AskingForAQueueKeepsItOpen) {
  Create("q");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(queues_->Wait("q").ok());
    clock_.Advance(kIdle - absl::Seconds(1));
    queues_->CloseIdle();
  }
  EXPECT_EQ(opening_.num_opened(), 1);
}

TEST_F(QueuesTest, UnknownNamesLeaveNoSlot) {
  Create("jobs");
  const absl::Status status = queues_->Wait("job").status();
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_QUEUE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("jobs"));
  EXPECT_EQ(queues_->Facts("job").state, QueueState::kClosed);
  // No back-off stands in the way once there is one.
  Create("job");
  EXPECT_TRUE(queues_->Wait("job").ok());
}

TEST_F(QueuesTest, ADeletedQueueIsGoneAndItsAnswersStay) {
  Create("q");
  ASSERT_TRUE(queues_->Wait("q").ok());
  ASSERT_TRUE(corpus::Append(*corpus_, "d", "some text").ok());
  ASSERT_TRUE(queues_->Delete({}, "q").ok());
  EXPECT_EQ(queues_->FindOpen("q"), nullptr);
  EXPECT_EQ(ReasonOf(queues_->Wait("q").status()), "UNKNOWN_QUEUE");
  EXPECT_EQ(ReasonOf(queues_->Delete({}, "q")), "UNKNOWN_QUEUE");
  EXPECT_EQ(corpus_->reader().GetDataset("d")->num_answers(), 1u);
}

TEST_F(QueuesTest, AQueueDeletedWhileItOpensIsNotOpen) {
  Create("q");
  opening_.Hold("q");
  absl::Status status;
  std::thread waiting([&] { status = queues_->Wait("q").status(); });
  opening_.WaitUntilBegun("q");
  ASSERT_TRUE(queues_->Delete({}, "q").ok());
  opening_.Release();
  waiting.join();
  EXPECT_EQ(ReasonOf(status), "UNKNOWN_QUEUE");
  EXPECT_EQ(queues_->FindOpen("q"), nullptr);
}

TEST_F(QueuesTest, AQueueMadeAnewWhileTheOldOneOpensIsTheNewOne) {
  Create("q");
  opening_.Hold("q");
  absl::StatusOr<std::shared_ptr<Queue>> queue = absl::UnknownError("");
  std::thread waiting([&] { queue = queues_->Wait("q"); });
  opening_.WaitUntilBegun("q");
  ASSERT_TRUE(queues_->Delete({}, "q").ok());
  ASSERT_TRUE(queues_->Create({}, MakeQueue("q", 7)).ok());
  opening_.Release();
  waiting.join();
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ((*queue)->record().seed(), 7u);
}

TEST_F(QueuesTest, WhoeverWaitsForAnOpeningIsToldWhenTheServiceShutsDown) {
  Create("q");
  opening_.Hold("q");
  absl::Status told;
  std::thread waiting([&] { told = queues_->Wait("q").status(); });
  opening_.WaitUntilBegun("q");
  queues_->Stop();
  waiting.join();
  EXPECT_TRUE(absl::IsUnavailable(told)) << told;
  EXPECT_TRUE(absl::IsUnavailable(queues_->Wait("another").status()));
}

// A server that ended while the corpus still held a queue, for somebody it had just told, let the
// queue outlive what it is made of.
TEST_F(QueuesTest, DestructionWaitsForTheLastReference) {
  Create("q");
  std::atomic<bool> is_let_go = false;
  std::thread holder([&, held = *queues_->Wait("q")]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    is_let_go = true;
    held.reset();
  });
  queues_.reset();
  EXPECT_TRUE(is_let_go);
  opening_.WaitUntilEnded();
  holder.join();
}

TEST_F(QueuesTest, DestructionEndsARunningOpening) {
  Create("q");
  opening_.Hold("q");
  absl::StatusOr<std::shared_ptr<Queue>> told = absl::UnknownError("");
  queues_->Get("q", [&](absl::StatusOr<std::shared_ptr<Queue>> queue) { told = std::move(queue); });
  opening_.WaitUntilBegun("q");
  queues_.reset();
  EXPECT_TRUE(absl::IsUnavailable(told.status())) << told.status();
}

}  // namespace
}  // namespace winnow::tasks

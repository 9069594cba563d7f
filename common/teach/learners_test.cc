#include "common/teach/learners.h"

#include <atomic>
#include <functional>
#include <memory>

#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

// Longer than any test takes: nobody has a turn because of the time.
constexpr std::chrono::milliseconds kNever = std::chrono::hours(24);

// Counts its turns, and does in each what the test says.
class FakeLearner final : public Learners::Learner {
 public:
  explicit FakeLearner(std::function<bool(int turn)> turn = [](int) { return false; })
      : turn_(std::move(turn)) {}

  bool TakeTurn() override {
    EXPECT_EQ(num_running_.fetch_add(1), 0) << "two turns at a time";
    const bool more = turn_(num_begun_ + 1);
    num_running_.fetch_sub(1);
    MutexLock lock(mutex_);
    ++num_begun_;
    changed_.NotifyAll();
    return more;
  }
  // Returns when so many turns were taken.
  void WaitForTurns(int num_turns) {
    MutexLock lock(mutex_);
    while (num_begun_ < num_turns) changed_.Wait(mutex_);
  }
  int num_turns() {
    MutexLock lock(mutex_);
    return num_begun_;
  }
  bool is_running() const { return num_running_ > 0; }

 private:
  const std::function<bool(int turn)> turn_;
  std::atomic<int> num_running_ = 0;
  Mutex mutex_;
  CondVar changed_;
  // Written by the turns alone, one at a time.
  std::atomic<int> num_begun_ = 0;
};

// A gate that a turn stands before until the test opens it.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Pass() {
    MutexLock lock(mutex_);
    while (!open_) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ WINNOW_GUARDED_BY(mutex_) = false;
};

TEST(LearnersTest, WhoIsAddedHasATurnAndFurtherOnesAsLongAsThereIsMore) {
  Learners learners(2, kNever);
  FakeLearner learner([](int turn) { return turn < 5; });
  learners.Add(&learner);
  learner.WaitForTurns(5);
  learners.Remove(&learner);
  EXPECT_EQ(learner.num_turns(), 5);
}

TEST(LearnersTest, EachHasATurnNowAndThen) {
  Learners learners(1, std::chrono::milliseconds(1));
  FakeLearner a, b;
  learners.Add(&a);
  learners.Add(&b);
  a.WaitForTurns(3);
  b.WaitForTurns(3);
  learners.Remove(&a);
  learners.Remove(&b);
}

TEST(LearnersTest, OneThatIsWokenDuringItsTurnHasAnother) {
  Learners learners(2, kNever);
  FakeLearner* woken = nullptr;
  FakeLearner learner([&](int turn) {
    // Often, and still one more turn only.
    for (int i = 0; turn == 1 && i < 3; ++i) learners.Wake(woken);
    return false;
  });
  woken = &learner;
  learners.Add(&learner);
  learner.WaitForTurns(2);
  // Other learners' turns show that it had its own.
  FakeLearner other([](int turn) { return turn < 3; });
  learners.Add(&other);
  other.WaitForTurns(3);
  learners.Remove(&other);
  learners.Remove(&learner);
  EXPECT_EQ(learner.num_turns(), 2);
}

TEST(LearnersTest, ALearnerHasOneTurnAtATimeHoweverOftenItIsWoken) {
  Learners learners(4, std::chrono::milliseconds(1));
  FakeLearner learner([](int turn) { return turn % 3 == 0; });
  learners.Add(&learner);
  std::vector<std::thread> wakers;
  for (int i = 0; i < 3; ++i) {
    wakers.emplace_back([&] {
      for (int k = 0; k < 500; ++k) learners.Wake(&learner);
    });
  }
  for (std::thread& waker : wakers) waker.join();
  learner.WaitForTurns(3);
  learners.Remove(&learner);
}

TEST(LearnersTest, RemoveWaitsForTheTurnAndThereIsNoneAfterIt) {
  Learners learners(1, kNever);
  Gate gate;
  std::atomic<bool> is_in = false;
  FakeLearner learner([&](int) {
    is_in = true;
    gate.Pass();
    // Would be taken if it were not removed.
    return true;
  });
  learners.Add(&learner);
  while (!is_in) std::this_thread::yield();
  std::atomic<bool> removed = false;
  std::thread remover([&] {
    learners.Remove(&learner);
    EXPECT_FALSE(learner.is_running());
    removed = true;
  });
  EXPECT_FALSE(removed);
  gate.Open();
  remover.join();
  const int num_turns = learner.num_turns();
  learners.Wake(&learner);
  FakeLearner other([](int turn) { return turn < 3; });
  learners.Add(&other);
  other.WaitForTurns(3);
  learners.Remove(&other);
  EXPECT_EQ(learner.num_turns(), num_turns);
}

TEST(LearnersTest, OneThatIsNotHereMayBeWokenAndRemoved) {
  Learners learners(1, kNever);
  FakeLearner learner;
  learners.Wake(&learner);
  learners.Remove(&learner);
  EXPECT_EQ(learner.num_turns(), 0);
}

// A notification that woke the one who waits in Remove was lost for the threads.
TEST(LearnersTest, WhoIsWokenWhileAnotherIsRemovedHasItsTurn) {
  Learners learners(2, kNever);
  for (int round = 0; round < 100; ++round) {
    Gate gate;
    std::atomic<bool> is_in = false;
    FakeLearner slow([&](int) {
      is_in = true;
      gate.Pass();
      return false;
    });
    FakeLearner quick;
    learners.Add(&slow);
    while (!is_in) std::this_thread::yield();
    std::thread remover([&] { learners.Remove(&slow); });
    learners.Add(&quick);
    quick.WaitForTurns(1);
    learners.Wake(&quick);
    quick.WaitForTurns(2);
    gate.Open();
    remover.join();
    learners.Remove(&quick);
  }
}

}  // namespace
}  // namespace winnow::teach

#include "common/rpc/streams.h"

#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace winnow::rpc {
namespace {

class FakeStream final : public OpenStream {
 public:
  void LookAfter(const StreamTurn& turn) override {
    MutexLock lock(mutex_);
    turns_.push_back(turn);
    changed_.NotifyAll();
  }
  void Close(const absl::Status& status) override {
    MutexLock lock(mutex_);
    closed_ = status;
  }

  std::vector<StreamTurn> WaitForTurns(size_t number) {
    MutexLock lock(mutex_);
    while (turns_.size() < number) changed_.Wait(mutex_);
    return turns_;
  }
  absl::Status closed() {
    MutexLock lock(mutex_);
    return closed_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<StreamTurn> turns_ WINNOW_GUARDED_BY(mutex_);
  absl::Status closed_ WINNOW_GUARDED_BY(mutex_);
};

constexpr absl::Duration kInterval = absl::Milliseconds(1);

TEST(Streams, AreLookedAfterTogetherTurnByTurn) {
  FakeClock clock;
  Streams streams(clock, {}, kInterval);
  const auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>();
  ASSERT_TRUE(streams.Add(first).ok());
  ASSERT_TRUE(streams.Add(second).ok());
  const std::vector<StreamTurn> turns = second->WaitForTurns(3);
  EXPECT_EQ(turns[0].now, clock.SteadyNow());
  EXPECT_EQ(turns[1].number, turns[0].number + 1);
  EXPECT_EQ(turns[2].number, turns[1].number + 1);
  first->WaitForTurns(3);
}

TEST(Streams, AreAsManyAsThereMayBe) {
  FakeClock clock;
  Streams streams(clock, {.max_streams = 1}, kInterval);
  const auto first = std::make_shared<FakeStream>(), second = std::make_shared<FakeStream>();
  ASSERT_TRUE(streams.Add(first).ok());
  const absl::Status refused = streams.Add(second);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_TRUE(RetryAfterOf(refused).has_value());
  streams.Remove(second);
  EXPECT_TRUE(absl::IsResourceExhausted(streams.Add(second)));
  streams.Remove(first);
  EXPECT_TRUE(streams.Add(second).ok());
}

TEST(Streams, EndWithTheServiceAndAreLookedAfterUntilTheyAreGone) {
  FakeClock clock;
  Streams streams(clock, {}, kInterval);
  const auto stream = std::make_shared<FakeStream>();
  ASSERT_TRUE(streams.Add(stream).ok());
  streams.Stop();
  EXPECT_TRUE(absl::IsUnavailable(stream->closed()));
  stream->WaitForTurns(stream->WaitForTurns(0).size() + 2);
  EXPECT_TRUE(absl::IsUnavailable(streams.Add(std::make_shared<FakeStream>())));
}

}  // namespace
}  // namespace winnow::rpc

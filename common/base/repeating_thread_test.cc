#include "common/base/repeating_thread.h"

#include <atomic>

#include "gtest/gtest.h"

namespace winnow {
namespace {

TEST(RepeatingThreadTest, WorksAgainAndAgain) {
  std::atomic<int> calls = 0;
  const RepeatingThread thread(absl::Milliseconds(1), [&](std::stop_token) {
    ++calls;
    calls.notify_all();
  });
  for (int seen = 0; seen < 3; seen = calls) calls.wait(seen);
}

TEST(RepeatingThreadTest, IsWokenBeforeItsTurn) {
  std::atomic<int> calls = 0;
  RepeatingThread thread(absl::InfiniteDuration(), [&](std::stop_token) {
    ++calls;
    calls.notify_all();
  });
  thread.Wake();
  calls.wait(0);
}

TEST(RepeatingThreadTest, EndsWithoutAwaitingItsTurn) {
  std::atomic<int> calls = 0;
  {
    const RepeatingThread thread(absl::InfiniteDuration(), [&](std::stop_token) { ++calls; });
  }
  EXPECT_EQ(calls, 0);
}

TEST(RepeatingThreadTest, WorkIsToldToEnd) {
  std::atomic<bool> begun = false;
  std::atomic<bool> told = false;
  {
    RepeatingThread thread(absl::InfiniteDuration(), [&](const std::stop_token& stop) {
      begun = true;
      begun.notify_all();
      while (!stop.stop_requested()) std::this_thread::yield();
      told = true;
    });
    thread.Wake();
    begun.wait(false);
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace winnow

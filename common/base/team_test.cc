#include "common/base/team.h"

#include <numeric>

#include "gtest/gtest.h"

namespace winnow {
namespace {

TEST(TeamTest, EveryPartOfEveryTaskIsDoneBeforeTheNext) {
  for (const size_t size : {1, 2, 5}) {
    Team team(size);
    ASSERT_EQ(team.size(), size);
    // Each task adds what the one before left to every neighbour; a part done early or late changes
    // the sums.
    std::vector<uint64_t> now(size, 1), next(size);
    for (int task = 0; task < 2'000; ++task) {
      team.Run([&](size_t i) { next[i] = (now[i] + now[(i + 1) % size]) % 1'000'003; });
      std::vector<uint64_t> expected(size);
      for (size_t i = 0; i < size; ++i) expected[i] = (now[i] + now[(i + 1) % size]) % 1'000'003;
      ASSERT_EQ(next, expected);
      std::swap(now, next);
    }
  }
}

TEST(TeamTest, WakesAfterALongPause) {
  Team team(3);
  std::vector<int> calls(3);
  for (int task = 0; task < 5; ++task) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    team.Run([&](size_t i) { ++calls[i]; });
  }
  EXPECT_EQ(calls, std::vector<int>(3, 5));
}

}  // namespace
}  // namespace winnow

#include "common/oidc/key_follower.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/base/testing.h"
#include "common/oidc/testing_keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::oidc {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kInterval = absl::Minutes(5);
constexpr absl::Duration kPause = absl::Seconds(10);

// The keys are read by Refresh alone.
class KeyFollowerTest : public testing::Test {
 protected:
  KeyFollowerTest()
      : follower_({[this](const std::stop_token&) {
                     ++num_read_;
                     return content_;
                   },
                   kInterval, kPause},
                  clock_, absl::InfiniteDuration()) {}

  bool Knows(const std::string& id) const {
    const auto keys = follower_.Current();
    return keys != nullptr && !keys->Find(id, "ES256").empty();
  }
  std::vector<std::string> Events() const {
    std::vector<std::string> events;
    for (const LogRecord& record : log_.records()) events.push_back(record.event);
    return events;
  }

  const CapturedLog log_;
  FakeClock clock_;
  const TestKey old_ = TestKey::Ec("old");
  const TestKey new_ = TestKey::Ec("new");
  absl::StatusOr<std::string> content_ = KeySetOf({&old_});
  int num_read_ = 0;
  KeyFollower follower_;
};

TEST_F(KeyFollowerTest, ReadsAtOnceAndThenAtIntervals) {
  EXPECT_EQ(follower_.Current(), nullptr);
  EXPECT_TRUE(follower_.Refresh().ok());
  EXPECT_TRUE(Knows("old"));
  content_ = KeySetOf({&new_});
  clock_.Advance(kInterval - absl::Seconds(1));
  EXPECT_TRUE(follower_.Refresh().ok());
  EXPECT_TRUE(Knows("old"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(follower_.Refresh().ok());
  EXPECT_TRUE(Knows("new"));
  EXPECT_FALSE(Knows("old"));
  EXPECT_EQ(num_read_, 2);
  EXPECT_THAT(Events(), ElementsAre("oidc_keys_read", "oidc_keys_read"));
}

TEST_F(KeyFollowerTest, AUnchangedSetStaysTheSame) {
  ASSERT_TRUE(follower_.Refresh().ok());
  const auto keys = follower_.Current();
  clock_.Advance(kInterval);
  ASSERT_TRUE(follower_.Refresh().ok());
  EXPECT_EQ(num_read_, 2);
  EXPECT_EQ(follower_.Current(), keys);
}

TEST_F(KeyFollowerTest, WantedKeysAreReadSoonButNotAgainAndAgain) {
  ASSERT_TRUE(follower_.Refresh().ok());
  content_ = KeySetOf({&old_, &new_});
  const auto want_often = [&] {
    for (int i = 0; i < 10; ++i) {
      follower_.Want();
      ASSERT_TRUE(follower_.Refresh().ok());
    }
  };
  want_often();
  EXPECT_EQ(num_read_, 2);
  EXPECT_TRUE(Knows("new"));
  clock_.Advance(kPause - absl::Seconds(1));
  want_often();
  EXPECT_EQ(num_read_, 2);
  clock_.Advance(absl::Seconds(1));
  want_often();
  EXPECT_EQ(num_read_, 3);
}

TEST_F(KeyFollowerTest, KeysThatCannotBeReadLeaveTheOldOnes) {
  ASSERT_TRUE(follower_.Refresh().ok());
  for (const absl::StatusOr<std::string>& content :
       {absl::StatusOr<std::string>(absl::UnavailableError("away")),
        absl::StatusOr<std::string>("<html>")}) {
    content_ = content;
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(kInterval);
      EXPECT_FALSE(follower_.Refresh().ok());
    }
    EXPECT_TRUE(Knows("old"));
  }
  EXPECT_THAT(Events(), ElementsAre("oidc_keys_read", "oidc_keys_not_read", "oidc_keys_not_read"));
  // Then they are tried again earlier.
  content_ = KeySetOf({&new_});
  clock_.Advance(kPause);
  EXPECT_TRUE(follower_.Refresh().ok());
  EXPECT_TRUE(Knows("new"));
}

TEST_F(KeyFollowerTest, AStepOfTheClockChangesNothing) {
  ASSERT_TRUE(follower_.Refresh().ok());
  clock_.Jump(absl::Hours(24));
  ASSERT_TRUE(follower_.Refresh().ok());
  EXPECT_EQ(num_read_, 1);
}

TEST(KeyFollowerThread, WantedKeysAreReadUnasked) {
  const CapturedLog log;
  const TestKey key = TestKey::Ec("a");
  const std::string content = KeySetOf({&key});
  KeyFollower follower(
      {[&](const std::stop_token&) -> absl::StatusOr<std::string> { return content; }, kInterval,
       absl::ZeroDuration()},
      SystemClock::Get(), absl::InfiniteDuration());
  follower.Want();
  while (follower.Current() == nullptr) std::this_thread::yield();
}

TEST(KeyFollowerThread, EndsWhileKeysAreRead) {
  const CapturedLog log;
  std::atomic<bool> reading = false;
  {
    KeyFollower follower({[&](const std::stop_token& stop) -> absl::StatusOr<std::string> {
                            reading = true;
                            while (!stop.stop_requested()) std::this_thread::yield();
                            return absl::UnavailableError("stopped");
                          },
                          kInterval, kPause},
                         SystemClock::Get(), absl::InfiniteDuration());
    follower.Want();
    while (!reading) std::this_thread::yield();
  }
  EXPECT_TRUE(log.records().empty()) << "it is no failure";
}

}  // namespace
}  // namespace winnow::oidc

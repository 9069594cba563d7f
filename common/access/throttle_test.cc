#include "common/access/throttle.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

TEST(Throttle, TenAtOnceThenOneASecond) {
  FakeClock clock;
  Throttle throttle(clock);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(throttle.Fail("a"), absl::ZeroDuration()) << i;
  EXPECT_EQ(throttle.Fail("a"), absl::Seconds(1));
  clock.Advance(absl::Milliseconds(400));
  // What is refused costs nothing more.
  EXPECT_EQ(throttle.Fail("a"), absl::Milliseconds(600));
  clock.Advance(absl::Milliseconds(600));
  EXPECT_EQ(throttle.Fail("a"), absl::ZeroDuration());
  EXPECT_EQ(throttle.Fail("a"), absl::Seconds(1));
}

TEST(Throttle, FillsUpAgainToTenAndNoMore) {
  FakeClock clock;
  Throttle throttle(clock);
  for (int i = 0; i < 10; ++i) throttle.Fail("a");
  clock.Advance(absl::Hours(1));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(throttle.Fail("a"), absl::ZeroDuration()) << i;
  EXPECT_GT(throttle.Fail("a"), absl::ZeroDuration());
}

TEST(Throttle, AClockThatIsSetChangesNothing) {
  FakeClock clock;
  Throttle throttle(clock);
  for (int i = 0; i < 10; ++i) throttle.Fail("a");
  clock.Jump(absl::Hours(1));
  EXPECT_EQ(throttle.Fail("a"), absl::Seconds(1));
  clock.Jump(-absl::Hours(2));
  EXPECT_EQ(throttle.Fail("a"), absl::Seconds(1));
}

TEST(Throttle, AddressesAreApart) {
  FakeClock clock;
  Throttle throttle(clock);
  for (int i = 0; i < 11; ++i) throttle.Fail("a");
  EXPECT_EQ(throttle.Fail("b"), absl::ZeroDuration());
}

TEST(Throttle, ForgetsTheOneThatFailedLongestAgo) {
  FakeClock clock;
  Throttle throttle(clock);
  for (int i = 0; i < 10; ++i) throttle.Fail("old");
  for (int i = 0; i < 10; ++i) throttle.Fail("steady");
  for (size_t i = 0; i < Throttle::kMaxAddresses - 1; ++i) {
    EXPECT_EQ(throttle.Fail(absl::StrCat("other", i)), absl::ZeroDuration());
    if (i == Throttle::kMaxAddresses / 2) {
      EXPECT_GT(throttle.Fail("steady"), absl::ZeroDuration());
    }
  }
  EXPECT_EQ(throttle.num_addresses(), Throttle::kMaxAddresses);
  EXPECT_GT(throttle.Fail("steady"), absl::ZeroDuration());
  EXPECT_EQ(throttle.Fail("old"), absl::ZeroDuration());
  EXPECT_EQ(throttle.num_addresses(), Throttle::kMaxAddresses);
}

TEST(Throttle, AnAddressHasNoPort) {
  EXPECT_EQ(AddressOf("ipv4:192.0.2.1:50412"), "ipv4:192.0.2.1");
  EXPECT_EQ(AddressOf("ipv6:%5B2001:db8::1%5D:50412"), "ipv6:%5B2001:db8::1%5D");
  EXPECT_EQ(AddressOf("ipv6:[::1]:50412"), "ipv6:[::1]");
  EXPECT_EQ(AddressOf("unix:/run/winnow:1"), "unix:/run/winnow:1");
  EXPECT_EQ(AddressOf("ipv4:"), "ipv4:");
  EXPECT_EQ(AddressOf(""), "");
  EXPECT_EQ(AddressOf(std::string(10'000, 'x')).size(), 128u);
}

}  // namespace
}  // namespace winnow::access

#include "services/cli/recipes/since_option.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

constexpr absl::Time kNow = absl::FromUnixSeconds(1'772'366'400);  // 2026-03-01T12:00:00Z

std::string Since(absl::string_view text) {
  const absl::StatusOr<absl::Time> time = ReadSince(text, kNow);
  if (!time.ok()) return "refused";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", *time, absl::UTCTimeZone());
}

TEST(ReadSince, TakesTimesOfIso8601) {
  EXPECT_EQ(Since("2026-02-03"), "2026-02-03 00:00:00");
  EXPECT_EQ(Since("2026-02-03T04:05"), "2026-02-03 04:05:00");
  EXPECT_EQ(Since("2026-02-03T04:05:06"), "2026-02-03 04:05:06");
  EXPECT_EQ(Since("2026-02-03T04:05:06Z"), "2026-02-03 04:05:06");
  EXPECT_EQ(Since("2026-02-03T04:05:06+01:00"), "2026-02-03 03:05:06");
}

TEST(ReadSince, TakesHowLongAgo) {
  EXPECT_EQ(Since("7d"), "2026-02-22 12:00:00");
  EXPECT_EQ(Since("1w"), Since("7d"));
  EXPECT_EQ(Since("1h30m5s"), "2026-03-01 10:29:55");
}

TEST(ReadSince, RefusesTheRest) {
  for (const char* text : {"", "yesterday", "7", "d", "7y", "-7d", "99999999999d", "2026-13-01",
                           "2026-02-30", "2026-02-03 04:05"}) {
    EXPECT_EQ(Since(text), "refused") << text;
  }
  EXPECT_EQ(ReadSince("7y", kNow).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::cli

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

using ::testing::HasSubstr;

TEST(Violations, ListsEveryProblem) {
  Violations violations;
  EXPECT_TRUE(violations.ToStatus("bad file").ok());
  violations.Add("line 1: text", "is missing");
  violations.Add("line 7: spans[0].end", "is 9, beyond the text's 5 characters");
  const absl::Status status = violations.ToStatus("bad file");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("2 problems"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 1: text: is missing"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 7: spans[0].end: is 9"));
  EXPECT_EQ(ReasonOf(status), "INVALID_INPUT");
  const std::vector<Violation> items = Violations::Of(status);
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].where, "line 7: spans[0].end");
  EXPECT_EQ(items[1].what, "is 9, beyond the text's 5 characters");
}

TEST(Violations, NamesTheNumberOfTheRest) {
  Violations violations;
  for (int i = 0; i < 130; ++i) violations.Add(absl::StrCat("line ", i), "is bad");
  EXPECT_THAT(std::string(violations.ToStatus("x").message()), HasSubstr("and 30 more"));
}

TEST(Violations, KeepsTheFirstHundredAndCountsTheRest) {
  Violations violations;
  for (int i = 0; i < 100'000; ++i) violations.Add("line", "is bad");
  EXPECT_EQ(violations.items().size(), Violations::kMaxListed);
  EXPECT_EQ(violations.count(), 100'000u);
  EXPECT_EQ(Violations::CountOf(violations.ToStatus("bad")), 100'000u);
}

TEST(Violations, AShorterListKeepsSummaryNumberAndReason) {
  Violations violations;
  for (int i = 0; i < 130; ++i) violations.Add(absl::StrCat("line ", i), "is bad");
  const absl::Status status = violations.ToStatus("x");
  EXPECT_EQ(Violations::CountOf(status), 130u);
  const absl::Status shorter = Violations::Shorten(status, {{"line 0", "is bad"}});
  EXPECT_EQ(shorter.message(), "x (130 problems)\n  line 0: is bad\n  and 129 more");
  EXPECT_EQ(Violations::Of(shorter).size(), 1u);
  EXPECT_EQ(Violations::CountOf(shorter), 130u);
  EXPECT_EQ(ReasonOf(shorter), "INVALID_INPUT");
  const absl::Status plain = absl::NotFoundError("a\nb");
  EXPECT_EQ(Violations::Shorten(plain, {}), plain);
}

TEST(Status, ADelayIsAttached) {
  EXPECT_EQ(RetryAfterOf(absl::UnavailableError("x")), absl::nullopt);
  EXPECT_EQ(RetryAfterOf(WithRetryAfter(absl::UnavailableError("x"), absl::Milliseconds(1500))),
            absl::Milliseconds(1500));
}

TEST(Status, AnotherMessageKeepsWhatIsAttached) {
  const absl::Status status = WithReason(absl::NotFoundError("a"), "UNKNOWN_MODEL");
  EXPECT_EQ(WithMessage(status, "b").message(), "b");
  EXPECT_EQ(ReasonOf(WithMessage(status, "b")), "UNKNOWN_MODEL");
}

TEST(Hash, Sha256KnownAnswer) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hash, Hash64IsFixedForEver) {
  // XXH3 of the empty string with seed 0, from the specification.
  EXPECT_EQ(Hash64(""), 0x2D06800538D394C2ull);
  EXPECT_NE(Hash64("a"), Hash64("a", 1));
}

TEST(Random, SplitMix64KnownAnswer) {
  Random random(0);
  EXPECT_EQ(random.Next(), 0xE220A8397B1DCDAFull);
  EXPECT_EQ(random.Next(), 0x6E789E6AA1B965F4ull);
}

TEST(Random, BelowCoversTheRange) {
  Random random(1);
  std::vector<int> counts(7);
  for (int i = 0; i < 7000; ++i) ++counts[random.Below(7)];
  for (int count : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(File, AtomicWriteReplacesAndMapSurvivesIt) {
  const std::filesystem::path dir =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_base_", getpid());
  std::filesystem::create_directories(dir);
  const std::filesystem::path path = dir / "file";
  ASSERT_TRUE(WriteFileAtomically(path, "old").ok());
  absl::StatusOr<MappedFile> mapped = MappedFile::Open(path);
  ASSERT_TRUE(mapped.ok());
  ASSERT_TRUE(WriteFileAtomically(path, "newer").ok());
  EXPECT_EQ(mapped->bytes(), "old");
  EXPECT_EQ(*ReadFile(path), "newer");
  EXPECT_EQ(ReadFile(dir / "none").status().code(), absl::StatusCode::kNotFound);
  std::filesystem::remove_all(dir);
}

TEST(Files, AnAtomicWriteGivesThePermissionsItIsTold) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_base_mode_", getpid());
  using std::filesystem::perms;
  ASSERT_TRUE(WriteFileAtomically(path, "public").ok());
  EXPECT_NE(std::filesystem::status(path).permissions() & perms::group_read, perms::none);
  ASSERT_TRUE(WriteFileAtomically(path, "secret", 0600).ok());
  EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
  std::filesystem::remove(path);
}

TEST(Files, AWriteThatFailsLeavesNoTemporaryFile) {
  const std::filesystem::path dir =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_base_left_", getpid());
  std::filesystem::create_directories(dir / "directory");
  EXPECT_FALSE(WriteFileAtomically(dir / "directory", "content").ok());
  EXPECT_FALSE(WriteFileAtomically(dir / "absent" / "file", "content").ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir),
                          std::filesystem::directory_iterator()),
            1);
  std::filesystem::remove_all(dir);
}

TEST(FileLock, IsHeldUntilTheObjectIsGone) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_base_lock_", getpid());
  {
    absl::StatusOr<FileLock> first = FileLock::Take(path, "the house");
    ASSERT_TRUE(first.ok()) << first.status();
    const FileLock held = *std::move(first);
    const absl::Status refused = FileLock::Take(path, "the house").status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(refused.message(), "the house is in use by another process");
  }
  EXPECT_TRUE(FileLock::Take(path, "the house").ok());
  std::filesystem::remove(path);
}

TEST(FakeClock, StandsStillUntilAdvanced) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(3));
}

}  // namespace
}  // namespace winnow

#include "services/annotation/spool.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

TEST(Spool, GivesBackWhatItWasGivenAndLeavesNothing) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("spool_test_", getpid());
  std::filesystem::create_directories(directory);
  auto spool = Spool::Make(directory);
  ASSERT_TRUE(spool.ok()) << spool.status();
  std::string all;
  for (int i = 0; i < 1'000; ++i) {
    const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE(spool->Add(piece).ok());
  }
  EXPECT_EQ(spool->num_bytes(), all.size());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(*spool->ReadAll(), all);
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  EXPECT_FALSE(Spool::Make(directory / "none").ok());
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace winnow::annotation

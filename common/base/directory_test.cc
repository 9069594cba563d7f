#include "common/base/directory.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

class WriteDirectoryTest : public testing::Test {
 protected:
  WriteDirectoryTest() { std::filesystem::create_directories(parent_); }
  ~WriteDirectoryTest() override { std::filesystem::remove_all(parent_); }

  const std::filesystem::path parent_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_directory_", getpid());
};

TEST_F(WriteDirectoryTest, ItIsThereWholeWhateverACrashHasLeft) {
  const auto temporary = parent_ / ".new", directory = parent_ / "1";
  std::filesystem::create_directories(temporary);
  ASSERT_TRUE(WriteFileDurably(temporary / "left", "over").ok());
  ASSERT_TRUE(WriteDirectory(temporary, directory, {{"a", "1"}, {"b", ""}}).ok());
  EXPECT_EQ(*ReadFile(directory / "a"), "1");
  EXPECT_EQ(*ReadFile(directory / "b"), "");
  EXPECT_FALSE(std::filesystem::exists(directory / "left"));
  EXPECT_FALSE(std::filesystem::exists(temporary));
}

TEST_F(WriteDirectoryTest, AnErrorLeavesNothing) {
  const auto temporary = parent_ / ".new", directory = parent_ / "1";
  EXPECT_FALSE(WriteDirectory(temporary, directory, {{"a", "1"}, {"no/such/b", "2"}}).ok());
  EXPECT_FALSE(std::filesystem::exists(temporary));
  EXPECT_FALSE(std::filesystem::exists(directory));
}

}  // namespace
}  // namespace winnow

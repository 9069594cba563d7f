#include "common/base/piecewise_file.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

class PiecewiseFileTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static std::string ContentOf(const PiecewiseFile& file) {
    std::string content;
    const absl::Status read = file.Read([&](absl::string_view piece) {
      absl::StrAppend(&content, piece);
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return content;
  }

  const std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("piecewise_file_test_", getpid());
};

TEST_F(PiecewiseFileTest, GivesBackWhatItWasGivenAndLeavesNothing) {
  auto file = PiecewiseFile::MakeNameless(directory_);
  ASSERT_TRUE(file.ok()) << file.status();
  std::string all;
  for (int i = 0; i < 1'000; ++i) {
    const std::string piece(static_cast<size_t>(i), static_cast<char>('a' + i % 26));
    all += piece;
    ASSERT_TRUE(file->Add(piece).ok());
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ContentOf(*file), all);
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  EXPECT_FALSE(PiecewiseFile::MakeNameless(directory_ / "none").ok());
}

TEST_F(PiecewiseFileTest, AFileIsReadUntilSomebodyHasHadEnough) {
  const std::string content(1'000'000, 'x');
  ASSERT_TRUE(WriteFileDurably(directory_ / "file", content).ok());
  const auto file = PiecewiseFile::Open(directory_ / "file");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(ContentOf(*file), content);
  int num_pieces = 0;
  EXPECT_TRUE(absl::IsAborted(file->Read([&](absl::string_view) {
    ++num_pieces;
    return absl::AbortedError("");
  })));
  EXPECT_EQ(num_pieces, 1);
  EXPECT_TRUE(absl::IsNotFound(PiecewiseFile::Open(directory_ / "none").status()));
}

}  // namespace
}  // namespace winnow

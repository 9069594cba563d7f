#include "services/cli/recipes/input_file.h"

#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using InputFileTest = RecipeTest;

TEST_F(InputFileTest, NamesComeFromPaths) {
  EXPECT_EQ(NameOfPath("./ads/sample.jsonl", true), "sample");
  EXPECT_EQ(NameOfPath("./job_titles/", false), "job_titles");
  EXPECT_EQ(NameOfPath("/a/b.v2", false), "b.v2");
  EXPECT_EQ(NameOfPath("/a/-Ä b", false), "_-___b");
  EXPECT_EQ(NameOfPath("/a/x/.", false), "x");
}

TEST_F(InputFileTest, AFileAndStandardInputAreReadAsOftenAsWanted) {
  const std::string content(600'000, 'x');
  world_.in.str(content);
  for (const std::string& path : {std::string("-"), Write("file.jsonl", content)}) {
    const auto file = InputFile::Open(path, world_.environment);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_FALSE(file->empty());
    for (int i = 0; i < 2; ++i) {
      std::string read;
      ASSERT_TRUE(file->Read([&](absl::string_view piece) {
                        absl::StrAppend(&read, piece);
                        return absl::OkStatus();
                      })
                      .ok());
      EXPECT_EQ(read, content);
    }
  }
  EXPECT_TRUE(absl::IsInvalidArgument(InputFile::Open("none.jsonl", world_.environment).status()));
}

}  // namespace
}  // namespace winnow::cli

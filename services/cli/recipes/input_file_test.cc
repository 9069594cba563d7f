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

}  // namespace
}  // namespace winnow::cli

#include <filesystem>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using DbOutTest = RecipeTest;

TEST_F(DbOutTest, DbOutWritesToAFileOrTheOutput) {
  world_.annotation.imported["d"] = "{\"text\":\"é\"}\n";
  EXPECT_EQ(world_.Run({"db-out", "d"}), 0);
  EXPECT_EQ(world_.out.str(), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", Path("out.jsonl")}), 0);
  EXPECT_EQ(Content("out.jsonl"), "{\"text\":\"é\"}\n");
  EXPECT_EQ(world_.Run({"db-out", "d", "--json"}), 2);
}

TEST_F(DbOutTest, ADirectoryGetsAFileNamedAfterTheDatasetAndNoTemporaryOne) {
  world_.annotation.imported["d"] = "{\"text\":\"a\"}\n";
  std::filesystem::create_directory(Path("there"));
  EXPECT_EQ(world_.Run({"db-out", "d", Path("there")}), 0) << world_.err.str();
  EXPECT_THAT(world_.out.str(), ::testing::HasSubstr(Path("there/d.jsonl")));
  EXPECT_EQ(world_.Run({"db-out", "d", Path("made/here/")}), 0) << world_.err.str();
  EXPECT_EQ(Content("there/d.jsonl"), "{\"text\":\"a\"}\n");
  EXPECT_EQ(Content("made/here/d.jsonl"), "{\"text\":\"a\"}\n");

  std::filesystem::create_directories(Path("taken/d.jsonl"));
  EXPECT_NE(world_.Run({"db-out", "d", Path("taken")}), 0);
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_))
    left.insert(entry.path().lexically_relative(directory_).string());
  EXPECT_EQ(left, (std::set<std::string>{"there", "there/d.jsonl", "made", "made/here",
                                         "made/here/d.jsonl", "taken", "taken/d.jsonl"}));
}

}  // namespace
}  // namespace winnow::cli

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

}  // namespace
}  // namespace winnow::cli

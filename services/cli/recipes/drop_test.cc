#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using DropTest = RecipeTest;

TEST_F(DropTest, DropAsks) {
  world_.annotation.datasets["d"] = {};
  EXPECT_EQ(world_.Run({"drop", "d"}), 2) << "nobody can be asked";
  world_.environment.in_is_terminal = true;
  world_.in.str("n\n");
  EXPECT_EQ(world_.Run({"drop", "d"}), 1);
  EXPECT_EQ(world_.annotation.num_drops, 0);
  world_.in.str("y\n");
  EXPECT_EQ(world_.Run({"drop", "d"}), 0);
  EXPECT_EQ(world_.annotation.num_drops, 1);
  EXPECT_EQ(world_.Run({"drop", "d", "--yes"}), 0);
  EXPECT_EQ(world_.annotation.num_drops, 2);
}

}  // namespace
}  // namespace winnow::cli

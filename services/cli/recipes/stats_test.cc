#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using StatsTest = RecipeTest;

TEST_F(StatsTest, TheServersWordsAboutAnUnknownNameAreShownAsTheyAre) {
  EXPECT_EQ(world_.Run({"stats", "golf"}), 2);
  EXPECT_EQ(world_.err.str(), "winnow: no data set \"golf\". Did you mean \"gold\"?\n");
}

}  // namespace
}  // namespace winnow::cli

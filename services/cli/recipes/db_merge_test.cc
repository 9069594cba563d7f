#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using DbMergeTest = RecipeTest;

TEST_F(DbMergeTest, TheNewDatasetIsNamedLastOrByAnOption) {
  EXPECT_EQ(world_.Run({"db-merge", "d1,d2", "new"}), 0) << world_.err.str();
  EXPECT_THAT(world_.annotation.merge_request.datasets(), ElementsAre("d1", "d2"));
  EXPECT_EQ(world_.annotation.merge_request.output(), "new");
  EXPECT_EQ(world_.out.str(), "7 answers of d1, d2 merged into new\n");
  world_.out.str("");
  EXPECT_EQ(world_.Run({"db-merge", "d1", "d2", "gold", "-o", "new", "--json"}), 0);
  EXPECT_THAT(world_.annotation.merge_request.datasets(), ElementsAre("d1", "d2", "gold"));
  EXPECT_EQ(Json()["answers"], 7);
  EXPECT_EQ(Json()["datasets"].size(), 3u);
  EXPECT_EQ(Json()["dry"], false);
}

TEST_F(DbMergeTest, ADryRunMergesNothing) {
  AddGold(world_.annotation, "a nurse", {});
  EXPECT_EQ(world_.Run({"db-merge", "gold,d1", "new", "--dry"}), 0) << world_.err.str();
  EXPECT_EQ(world_.out.str(), "1 answer of gold, d1 would be merged into new\n");
  EXPECT_EQ(world_.Run({"db-merge", "golf", "new", "--dry"}), 2);
  EXPECT_EQ(world_.Run({"db-merge", "gold", "d1", "-D"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("\"d1\" is there already"));
  EXPECT_EQ(world_.annotation.merge_request.output(), "");
}

TEST_F(DbMergeTest, WithoutANewDatasetItIsRefused) {
  EXPECT_EQ(world_.Run({"db-merge", "d1"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("the new dataset is missing"));
}

}  // namespace
}  // namespace winnow::cli

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

using PoolTrainTest = RecipeTest;

TEST_F(PoolTrainTest, PoolTrainNamesNothingButThePool) {
  EXPECT_EQ(world_.Run({"pool-train", "raw", "--seed", "9"}), 0) << world_.err.str();
  training::v1::TrainingSpec expected;
  expected.set_pool("raw");
  expected.set_seed(9);
  EXPECT_EQ(world_.training.spec.SerializeAsString(), expected.SerializeAsString());
  EXPECT_THAT(world_.out.str(), HasSubstr("--pool raw"));
}

}  // namespace
}  // namespace winnow::cli

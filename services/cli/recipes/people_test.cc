#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

using PeopleTest = RecipeTest;

TEST_F(PeopleTest, AddPrintsNothingButTheTokenAndSaysWhereItGoes) {
  EXPECT_EQ(world_.Run({"people", "add", "anna", "--role", "admin"}), 0) << world_.err.str();
  EXPECT_EQ(world_.out.str(), "wnw_secret\n");
  EXPECT_THAT(world_.err.str(), HasSubstr("anna is admin now"));
}

TEST_F(PeopleTest, ARoleIsOneOfFive) {
  EXPECT_EQ(world_.Run({"people", "add", "anna", "--role", "boss"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("annotator, reviewer, manager, admin, service"));
  EXPECT_EQ(world_.Run({"people", "add", "anna"}), 2);
}

TEST_F(PeopleTest, ChangesNameWhatChangesAndNothingElse) {
  EXPECT_EQ(world_.Run({"people", "disable", "anna"}), 0);
  EXPECT_EQ(world_.Run({"people", "role", "anna", "--role", "reviewer"}), 0);
  ASSERT_EQ(world_.access.updates.size(), 2u);
  EXPECT_TRUE(world_.access.updates[0].disabled());
  EXPECT_EQ(world_.access.updates[0].role(), access::v1::ROLE_UNSPECIFIED);
  EXPECT_FALSE(world_.access.updates[1].has_disabled());
  EXPECT_EQ(world_.access.updates[1].role(), access::v1::ROLE_REVIEWER);
}

TEST_F(PeopleTest, NobodyIsRemovedWithoutAsking) {
  EXPECT_EQ(world_.Run({"people", "remove", "anna"}), 2);
}

TEST_F(PeopleTest, ATimeOfTheAuditIsADateOrMore) {
  EXPECT_EQ(world_.Run({"audit", "--since", "yesterday"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("2026-03-01"));
}

}  // namespace
}  // namespace winnow::cli

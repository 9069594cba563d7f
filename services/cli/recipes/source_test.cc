#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SourceTest = RecipeTest;

TEST_F(SourceTest, SourcesAreListedAndShownWithTheirQueues) {
  EXPECT_EQ(world_.Run({"source", "list"}), 0) << world_.err.str();
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("raw"), HasSubstr("texts")));
  world_.annotation.queue.set_name("d.teach-1");
  world_.annotation.queue.set_source("raw");
  EXPECT_EQ(world_.Run({"source", "show", "raw"}), 0) << world_.err.str();
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("3 texts"), HasSubstr("queues: d.teach-1")));
  EXPECT_EQ(world_.Run({"source", "show", "nowhere"}), 2);
}

TEST_F(SourceTest, TextsAreAddedToASourceByName) {
  world_.annotation.num_repeated = 1;
  EXPECT_EQ(world_.Run({"source", "add", "ads", Write("today.txt", "one\ntwo\none\n")}), 0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.imported["ads"], "one\ntwo\none\n");
  EXPECT_THAT(world_.out.str(), HasSubstr("ads: 2 new texts, 1 known or repeated"));
  EXPECT_EQ(world_.Run({"source", "add", "ads", Path("absent.txt")}), 2);
}

TEST_F(SourceTest, DropAsksAndTellsWhoDrawsFromIt) {
  world_.annotation.queue.set_name("d.teach-1");
  world_.annotation.queue.set_source("raw");
  EXPECT_EQ(world_.Run({"source", "drop", "raw"}), 2) << "nobody can be asked";
  world_.environment.in_is_terminal = true;
  world_.in.str("n\n");
  EXPECT_EQ(world_.Run({"source", "drop", "raw"}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("source raw with 3 texts, which 1 queue draws from?"));
  EXPECT_THAT(world_.annotation.dropped_sources, ElementsAre());
  EXPECT_EQ(world_.Run({"source", "drop", "raw", "--yes"}), 0);
  EXPECT_THAT(world_.annotation.dropped_sources, ElementsAre("raw"));
}

}  // namespace
}  // namespace winnow::cli

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using NerMatchTest = RecipeTest;

TEST_F(NerMatchTest, OnlyThePatternsAsk) {
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  annotation::v1::Task task = Question("a nurse", 2, 7);
  task.set_strategy("patterns");
  task.mutable_question()->mutable_span()->clear_score();
  world_.annotation.tasks = {task};
  const std::string patterns = "{\"label\":\"job\",\"pattern\":\"nurse\"}\n";
  const std::string path = Write("patterns.jsonl", patterns);
  EXPECT_EQ(
      world_.Run({"ner.match", "d", "s", "-l", "job", "-pt", path, "--oracle", "gold", "--json"}),
      0)
      << world_.err.str();
  const annotation::v1::QueueSpec& spec = world_.annotation.queue;
  EXPECT_EQ(spec.kind(), annotation::v1::TASK_KIND_TEACH);
  EXPECT_EQ(spec.strategy(), "patterns");
  EXPECT_EQ(spec.patterns(), patterns);
  EXPECT_EQ(spec.model(), "");
  EXPECT_FALSE(spec.has_audit_share());
  EXPECT_THAT(spec.name(), StartsWith("d.match-"));
  EXPECT_EQ(Json()["asked"][0]["verdict"], "accept");
  EXPECT_TRUE(Json()["asked"][0]["score"].is_null());
}

TEST_F(NerMatchTest, ItNeedsPatterns) {
  EXPECT_EQ(world_.Run({"ner.match", "d", "s", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--patterns"));
}

}  // namespace
}  // namespace winnow::cli

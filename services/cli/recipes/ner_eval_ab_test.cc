#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using NerEvalAbTest = RecipeTest;

TEST_F(NerEvalAbTest, EvalAbPinsVersionsAndStopsWithTheVerdict) {
  AddGold(world_.annotation, "nurse", {{0, 5}});
  annotation::v1::Task task;
  task.set_text("nurse");
  *task.mutable_comparison()->add_second() = Question("nurse", 0, 5).question().span();
  world_.annotation.tasks = {task, task, task};
  world_.evaluation.comparison.set_num_texts(10);
  EXPECT_EQ(world_.Run({"ner.eval-ab", "d", "old", "new@3", "s", "-l", "job", "--oracle", "gold",
                        "--json"}),
            0)
      << world_.err.str();
  EXPECT_EQ(world_.evaluation.comparison.spec().model_a(), "old@7");
  EXPECT_EQ(world_.evaluation.comparison.spec().model_b(), "new@3");
  ASSERT_EQ(world_.annotation.answers.size(), 2u);
  EXPECT_EQ(world_.annotation.answers[0].choice(), annotation::v1::CHOICE_SECOND);
  EXPECT_EQ(Json()["comparison"]["result"]["verdict"], "COMPARISON_VERDICT_B");
  EXPECT_EQ(Json()["session"]["stopped"], "decided");
}

}  // namespace
}  // namespace winnow::cli

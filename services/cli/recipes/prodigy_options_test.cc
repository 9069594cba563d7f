#include "services/cli/recipes/prodigy_options.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using ProdigyOptionsTest = RecipeTest;

TEST_F(ProdigyOptionsTest, AnOptionOfProdigysIsRefusedWithWhatToDoHere) {
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--no-missing",
                        "--dropout", "0.2", "-m", "en_core_web_sm", "--unsegmented"}),
            2);
  EXPECT_THAT(world_.err.str(),
              AllOf(HasSubstr("--no-missing: is not an option of ner.batch-train: say it of the "
                              "annotations, once: winnow db-in DATASET FILE --complete"),
                    HasSubstr("--prior X"), HasSubstr("as the second argument, MODEL"),
                    HasSubstr("--unsegmented"), Not(HasSubstr("too many")),
                    Not(HasSubstr("Did you mean"))));
}

TEST_F(ProdigyOptionsTest, TheRecipesThatAnnotateTellWhatReplacesTheirs) {
  EXPECT_EQ(world_.Run({"ner.correct", "d", "m", "s", "-l", "job", "--update", "-lo", "jsonl"}), 2);
  EXPECT_THAT(world_.err.str(), AllOf(HasSubstr("--update: is not an option of ner.correct"),
                                      HasSubstr("ner.batch-train"), HasSubstr("-lo: is not")));
  EXPECT_EQ(world_.Run({"ner.manual", "d", "s", "-l", "job", "--highlight-chars"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("begin and end with tokens"));
  EXPECT_EQ(world_.Run({"ner.match", "d", "s", "-l", "job", "-pt", "p", "--resume"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("goes on where it stopped"));
}

TEST_F(ProdigyOptionsTest, NoneOfThemIsOneOfOurs) {
  size_t num_foreign = 0;
  for (const CommandGroup& group : Recipes()) {
    for (const Command& command : group.commands) {
      num_foreign += command.spec.foreign_options.size();
      for (const ForeignOption& foreign : command.spec.foreign_options) {
        for (const OptionSpec& ours : command.spec.options) {
          for (const std::string& name : foreign.names) {
            EXPECT_EQ(std::count(ours.names.begin(), ours.names.end(), name), 0)
                << command.spec.name << " " << name;
          }
        }
      }
    }
  }
  EXPECT_GT(num_foreign, 20u);
}

}  // namespace
}  // namespace winnow::cli

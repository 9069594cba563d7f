#include "services/cli/recipes/recipes.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using RecipesTest = RecipeTest;

std::vector<Command> AllRecipes() {
  std::vector<Command> all;
  for (const CommandGroup& group : Recipes())
    all.insert(all.end(), group.commands.begin(), group.commands.end());
  return all;
}

TEST_F(RecipesTest, HelpAndUsage) {
  EXPECT_EQ(world_.Run({}), 0);
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("ner.batch-train"), HasSubstr("exit codes")));
  for (const Command& command : AllRecipes()) {
    world_.out.str("");
    std::vector<std::string> words = absl::StrSplit(command.spec.name, ' ');
    words.push_back("--help");
    EXPECT_EQ(world_.Run(words), 0);
    EXPECT_THAT(world_.out.str(),
                HasSubstr(absl::StrCat("example:\n  winnow ", command.spec.name)));
  }
  EXPECT_EQ(world_.Run({"ner.tech"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("Did you mean \"ner.teach\""));
  EXPECT_EQ(world_.Run({"models", "lst"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("Did you mean \"models list\""));
  EXPECT_EQ(world_.Run({"models"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("'models' is half a command: models list, models show"));
}

TEST_F(RecipesTest, EveryRecipeTakesJson) {
  for (const Command& command : AllRecipes()) {
    EXPECT_TRUE(std::any_of(command.spec.options.begin(), command.spec.options.end(),
                            [](const OptionSpec& option) { return option.key() == "json"; }))
        << command.spec.name;
  }
}

TEST_F(RecipesTest, NoNameIsTakenTwice) {
  std::set<std::string> names;
  for (const Command& command : AllRecipes()) EXPECT_TRUE(names.insert(command.spec.name).second);
}

TEST_F(RecipesTest, TheVersionIsThatOfTheProgram) {
  EXPECT_EQ(world_.Run({"--version"}), 0);
  EXPECT_EQ(world_.out.str(), "winnow 1.2.3\n");
}

TEST_F(RecipesTest, EveryExampleIsACommandLineThatParses) {
  for (const Command& command : AllRecipes()) {
    std::vector<std::string> words =
        absl::StrSplit(command.spec.example.substr(0, command.spec.example.find(" >")), ' ');
    const size_t num_words = 1 + static_cast<size_t>(std::count(command.spec.name.begin(),
                                                                command.spec.name.end(), ' '));
    words.erase(words.begin(), words.begin() + static_cast<long>(num_words));
    EXPECT_TRUE(Parse(command.spec, words).ok()) << Parse(command.spec, words).status();
  }
}

TEST_F(RecipesTest, OpenTellsTheAddressWhereThereIsNoDesktop) {
  EXPECT_EQ(world_.Run({"open"}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("http://127.0.0.1:7708/"));
  world_.out.str("");
  EXPECT_EQ(world_.Run({"open", "https://winnow.example/", "--json"}), 0);
  EXPECT_EQ(Json()["web"], "https://winnow.example/");
  EXPECT_EQ(Json()["opened"], false);
}

}  // namespace
}  // namespace winnow::cli

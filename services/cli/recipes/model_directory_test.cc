#include "services/cli/recipes/model_directory.h"

#include <filesystem>
#include <iterator>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

using ModelDirectoryTest = RecipeTest;

TEST_F(ModelDirectoryTest, AnExportThatBreaksOffLeavesTheOldModel) {
  Write("model/manifest.json", "old");
  world_.training.versions["m@1"] = {{"manifest.json", "new"}};
  world_.training.missing_bytes = 1;
  EXPECT_EQ(world_.Run({"models", "export", "m@1", Path("model")}), 2);
  EXPECT_EQ(Content("model/manifest.json"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_),
                          std::filesystem::directory_iterator()),
            1);
}

TEST_F(ModelDirectoryTest, AFileNameFromTheServerStaysInTheDirectory) {
  world_.training.versions["m@1"] = {{"../escaped", "x"}};
  EXPECT_EQ(world_.Run({"models", "export", "m@1", Path("model")}), 2);
  EXPECT_EQ(Content("escaped"), "no such file");
}

TEST_F(ModelDirectoryTest, ModelsAreRecognisedAsNamesOrDirectories) {
  Write("here/manifest.json", "{}");
  EXPECT_TRUE(IsModelDirectory("./job_titles/"));
  EXPECT_TRUE(IsModelDirectory(Path("here")));
  EXPECT_FALSE(IsModelDirectory("job_titles"));
  EXPECT_FALSE(IsModelDirectory("job_titles@3"));
  EXPECT_FALSE(IsModelDirectory("blank:en"));
}

TEST_F(ModelDirectoryTest, ADirectoryThatIsNoModelIsRefused) {
  Write("empty/readme", "");
  EXPECT_EQ(world_.Run({"ner.evaluate", Path("empty"), "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("has no manifest.json"));
  EXPECT_EQ(world_.Run({"ner.evaluate", Path("absent"), "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace winnow::cli

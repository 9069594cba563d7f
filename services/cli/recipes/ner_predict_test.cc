#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using NerPredictTest = RecipeTest;

TEST_F(NerPredictTest, PredictWritesOneLinePerText) {
  std::string texts;
  for (int i = 0; i < 250; ++i)
    absl::StrAppend(&texts, "{\"text\":\"ä", i, "\",\"meta\":{\"n\":", i, "}}\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", Write("texts.jsonl", texts)}), 0) << world_.err.str();
  std::istringstream lines(world_.out.str());
  std::string line;
  int n = 0;
  for (; std::getline(lines, line); ++n) {
    const nlohmann::json row = nlohmann::json::parse(line);
    EXPECT_EQ(row["text"], absl::StrCat("ä", n));
    EXPECT_EQ(row["meta"]["n"], n);
    EXPECT_EQ(row["spans"][0]["score"], 0.5);
    EXPECT_EQ(row["model"], "m@1");
  }
  EXPECT_EQ(n, 250);
}

TEST_F(NerPredictTest, PredictReadsTheInputAndRefusesBadLinesBeforePredicting) {
  world_.in.str("nurse\ncook\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", "-", "--json"}), 0) << world_.err.str();
  EXPECT_EQ(Json()["predictions"].size(), 2u);
  world_.out.str("");
  const std::string path = Write("bad.jsonl", "{\"text\":\"a\"}\n{\"txt\":1}\n{\n");
  EXPECT_EQ(world_.Run({"ner.predict", "m", path}), 2);
  EXPECT_EQ(world_.out.str(), "");
  EXPECT_THAT(world_.err.str(), AllOf(HasSubstr(path), HasSubstr("line 2"), HasSubstr("line 3")));
}

}  // namespace
}  // namespace winnow::cli

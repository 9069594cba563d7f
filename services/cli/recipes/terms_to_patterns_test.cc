#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

class TermsToPatternsTest : public RecipeTest {
 protected:
  TermsToPatternsTest() {
    Add("Nurse", common::v1::VERDICT_ACCEPT);
    Add("ICU-Nurse", common::v1::VERDICT_ACCEPT);
    Add("table", common::v1::VERDICT_REJECT);
    Add("chair", common::v1::VERDICT_ACCEPT);
    Add("chair", common::v1::VERDICT_REJECT);
    Add("nurse", common::v1::VERDICT_ACCEPT);
    // Annotated texts are no terms, with spans or without.
    AddGold(world_.annotation, "an Ökologin in Rome", {{3, 11}});
    AddGold(world_.annotation, "no entity here", {});
  }

  void Add(const std::string& text, common::v1::Verdict verdict) {
    AddGold(world_.annotation, text, {});
    annotation::v1::Answer& answer = *world_.annotation.datasets["gold"].back().mutable_answer();
    answer.set_coverage(annotation::v1::COVERAGE_BINARY);
    answer.clear_complete_labels();
    answer.set_verdict(verdict);
  }
};

TEST_F(TermsToPatternsTest, AcceptedTermsAreTokenPatterns) {
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", "-l", "job"}), 0) << world_.err.str();
  EXPECT_EQ(world_.out.str(),
            R"({"label":"job","pattern":[{"lower":"nurse"}]})"
            "\n"
            R"({"label":"job","pattern":[{"lower":"icu"},{"lower":"-"},{"lower":"nurse"}]})"
            "\n");
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", Path("p.jsonl"), "-l", "job", "-cs"}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("3 patterns written to"));
  EXPECT_THAT(Content("p.jsonl"), HasSubstr(R"({"label":"job","pattern":[{"text":"Nurse"}]})"));
}

TEST_F(TermsToPatternsTest, OrAcceptedSpansAre) {
  EXPECT_EQ(
      world_.Run({"terms.to-patterns", "gold", Path("p.jsonl"), "-l", "job", "--spans", "--json"}),
      0)
      << world_.err.str();
  EXPECT_EQ(Json()["patterns"], 1);
  EXPECT_EQ(Content("p.jsonl"), "{\"label\":\"job\",\"pattern\":[{\"lower\":\"ökologin\"}]}\n");
}

TEST_F(TermsToPatternsTest, WhatGivesNoPatternIsRefused) {
  const std::string path = Path("p.jsonl");
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", path, "-l", "city", "--spans"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("no accepted span of the label 'city'"));
  world_.annotation.datasets["gold"].clear();
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", path, "-l", "job"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("has no accepted terms"));
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", path}), 2);
  EXPECT_EQ(world_.Run({"terms.to-patterns", "golf", path, "-l", "job"}), 2);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(TermsToPatternsTest, ATermThatIsTooLongIsLeftOut) {
  std::string term;
  for (int i = 0; i < 49; ++i) term += "x ";
  Add(term, common::v1::VERDICT_ACCEPT);
  EXPECT_EQ(world_.Run({"terms.to-patterns", "gold", Path("p.jsonl"), "-l", "job", "--json"}), 0);
  EXPECT_EQ(Json()["left_out"], 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("1 term left out: more than 48 tokens"));
}

}  // namespace
}  // namespace winnow::cli

// ner.print-stream and ner.print-dataset.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/highlight.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

using NerPrintTest = RecipeTest;

TEST_F(NerPrintTest, StreamMarksOneTextALine) {
  const std::string path = Write("texts.jsonl", "{\"text\":\"nurse\"}\n{\"text\":\"co\\nok\"}\n");
  EXPECT_EQ(world_.Run({"ner.print-stream", "m", path}), 0) << world_.err.str();
  EXPECT_EQ(world_.out.str(), "[n|L]urse\n[c|L]o ↵ ok\n");
  world_.out.str("");
  EXPECT_EQ(world_.Run({"ner.print-stream", "m", path, "-n", "1", "--json"}), 0);
  EXPECT_EQ(Json()["texts"].size(), 1u);
  EXPECT_EQ(Json()["texts"][0]["spans"][0]["label"], "L");
}

TEST_F(NerPrintTest, ColourIsForTerminalsThatWantIt) {
  world_.in.str("nurse\n");
  world_.environment.out_is_terminal = true;
  EXPECT_EQ(world_.Run({"ner.print-stream", "m", "-"}), 0);
  EXPECT_EQ(world_.out.str(), "\x1b[7mn\x1b[0m\x1b[2m L\x1b[0murse\n");
  world_.out.str("");
  world_.in.clear();
  world_.in.str("nurse\n");
  world_.variables["NO_COLOR"] = "1";
  EXPECT_EQ(world_.Run({"ner.print-stream", "m", "-"}), 0);
  EXPECT_EQ(world_.out.str(), "[n|L]urse\n");
}

class NerPrintDatasetTest : public RecipeTest {
 protected:
  NerPrintDatasetTest() {
    AddGold(world_.annotation, "a nurse", {{2, 7}});
    Add("ben", "a cook", {2, 6}, common::v1::VERDICT_REJECT);
    Add("anna", "a baker", {2, 7}, common::v1::VERDICT_ACCEPT);
    Add("anna", "too late", {0, 3}, common::v1::VERDICT_ACCEPT).set_surplus(true);
    const uint64_t undone = Add("anna", "undone", {0, 3}, common::v1::VERDICT_ACCEPT).revision();
    annotation::v1::Undo& undo = *world_.annotation.datasets["gold"].emplace_back().mutable_undo();
    undo.set_revision(undone + 1);
    undo.set_undone_revision(undone);
  }

  annotation::v1::Answer& Add(const std::string& person, const std::string& text, Range range,
                              common::v1::Verdict verdict) {
    AddGold(world_.annotation, text, {{range.start, range.end}});
    annotation::v1::Answer& answer = *world_.annotation.datasets["gold"].back().mutable_answer();
    answer.set_annotator(person);
    answer.set_verdict(verdict);
    answer.set_coverage(annotation::v1::COVERAGE_BINARY);
    answer.clear_complete_labels();
    answer.mutable_judgements(0)->set_verdict(verdict);
    return answer;
  }
};

TEST_F(NerPrintDatasetTest, ShowsWhatCountsWithItsVerdicts) {
  EXPECT_EQ(world_.Run({"ner.print-dataset", "gold"}), 0) << world_.err.str();
  EXPECT_EQ(world_.out.str(),
            "accept  all of job\na [nurse|job: accept]\n\n"
            "reject  ben\na [cook|job: reject]\n\n"
            "accept  anna\na [baker|job: accept]\n\n");
}

TEST_F(NerPrintDatasetTest, OfOnePersonAndAsManyAsWanted) {
  EXPECT_EQ(world_.Run({"ner.print-dataset", "gold", "--annotator", "anna", "--json"}), 0);
  ASSERT_EQ(Json()["answers"].size(), 1u);
  EXPECT_EQ(Json()["answers"][0]["text"], "a baker");
  world_.out.str("");
  EXPECT_EQ(world_.Run({"ner.print-dataset", "gold", "-n", "2", "--json"}), 0);
  EXPECT_EQ(Json()["answers"].size(), 2u);
  EXPECT_EQ(world_.Run({"ner.print-dataset", "gold", "--annotator", "ana"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("Did you mean \"anna\"?"));
  EXPECT_EQ(world_.Run({"ner.print-dataset", "golf"}), 2);
}

}  // namespace
}  // namespace winnow::cli

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using DbInTest = RecipeTest;

TEST_F(DbInTest, DbInSendsTheFileWholeAndNamesItInErrors) {
  const std::string rows = std::string(600'000, ' ') + "\n{}\n";
  const std::string path = Write("rows.jsonl", rows);
  EXPECT_EQ(world_.Run({"db-in", "d", path, "--complete", "-l", "A,B"}), 0) << world_.err.str();
  EXPECT_EQ(world_.annotation.imported["d"], rows);
  EXPECT_EQ(world_.annotation.header.coverage(), annotation::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(world_.annotation.header.labels(), ElementsAre("A", "B"));

  Violations violations;
  violations.Add("line 3: spans[0].end", "is 99, beyond the text");
  violations.Add("line 7: text", "is missing");
  world_.annotation.refusal = violations.ToStatus("not imported");
  EXPECT_EQ(world_.Run({"db-in", "d", path}), 2);
  EXPECT_THAT(world_.err.str(),
              AllOf(HasSubstr(absl::StrCat("winnow: ", path, ": not imported (2 problems)")),
                    HasSubstr("\n  line 3: spans[0].end: is 99, beyond the text"),
                    HasSubstr("\n  line 7: text: is missing")));
}

TEST_F(DbInTest, AnOptionStatesWhatTheRowsDoNotTell) {
  Violations violations;
  violations.Add("file: coverage", "is not given");
  world_.annotation.refusal = violations.ToStatus("not imported");
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", "")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("\nstate it with --binary or --complete\n"));
}

TEST_F(DbInTest, DbInRefusesWhatItCannotRead) {
  EXPECT_EQ(world_.Run({"db-in", "d", Path("absent.jsonl")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("absent.jsonl"));
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", ""), "--binary", "--complete"}), 2);
}

TEST_F(DbInTest, WhatAServerQuotesCannotDriveTheTerminal) {
  world_.annotation.refusal = absl::InvalidArgumentError("row\x1b[2J\n  line 2");
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", "")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("row\ufffd[2J\n  line 2\n"));
}

}  // namespace
}  // namespace winnow::cli

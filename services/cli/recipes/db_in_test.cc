#include "absl/strings/str_cat.h"
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
  const std::string rows = absl::StrCat(std::string(600'000, ' '), "\n{}\n");
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

TEST_F(DbInTest, OptionsForOffsetsAndTextsWithoutEntitiesAreNamedWhereTheyMend) {
  Violations violations;
  violations.Add("file: offsets", "cut 0 of 2 spans");
  violations.Add("file: spans", "no row has one");
  world_.annotation.refusal = violations.ToStatus("not imported");
  const std::string path = Write("x.jsonl", "");
  EXPECT_EQ(world_.Run({"db-in", "d", path}), 2);
  EXPECT_THAT(world_.err.str(), AllOf(HasSubstr("\n--offsets utf16, bytes or inclusive"),
                                      HasSubstr("\n--yes takes the texts as texts without")));
  world_.annotation.refusal = absl::OkStatus();
  EXPECT_EQ(world_.Run({"db-in", "d", path, "--offsets", "bytes", "--yes"}), 0);
  EXPECT_EQ(world_.annotation.header.offsets(), annotation::v1::OFFSET_UNIT_BYTES);
  EXPECT_TRUE(world_.annotation.header.allow_no_spans());
  EXPECT_EQ(world_.Run({"db-in", "d", path, "--offsets", "chars"}), 2);
}

TEST_F(DbInTest, TheReportTellsWhatBecameOfEveryRow) {
  annotation::v1::ImportDatasetResponse& reply = world_.annotation.import_reply;
  reply.set_format("doccano");
  reply.set_num_rejected_rows(3);
  reply.set_num_ignored_rows(1);
  reply.set_num_trimmed_spans(4);
  reply.set_num_repeated_spans(5);
  reply.set_num_off_token_spans(1);
  reply.add_off_token_spans("line 7: 'urse' [1, 5)");
  EXPECT_EQ(world_.Run({"db-in", "d", Write("x.jsonl", "")}), 0);
  EXPECT_THAT(world_.out.str(),
              AllOf(HasSubstr("format: doccano\n"), HasSubstr("3 rows rejected as a whole"),
                    HasSubstr("1 row ignored"), HasSubstr("4 spans with blanks at an end"),
                    HasSubstr("5 spans that a row had once more"),
                    HasSubstr("1 span off the tokens, kept, left out of training. A token is"),
                    HasSubstr("  line 7: 'urse' [1, 5)\n")));
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

#include "services/cli/shell/help.h"

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

CommandSpec Spec() {
  return {.name = "ner.batch-train",
          .summary = "Train.",
          .arguments = {{"DATASET", "answers to learn from"}},
          .options = {{{"-o", "--output"}, ValueKind::kText, "OUTPUT", "name", true},
                      {{"-es", "--eval-split"}, ValueKind::kShare, "SHARE", "share"}},
          .example = "ner.batch-train a -o c"};
}

TEST(Help, ShowsArgumentsOptionsAndTheExample) {
  EXPECT_THAT(HelpOf(Spec()),
              AllOf(HasSubstr("-es, --eval-split SHARE"), HasSubstr("name (required)"),
                    HasSubstr("example:\n  winnow ner.batch-train a -o c")));
}

TEST(Help, WrapsAndIndentsLongTexts) {
  CommandSpec spec = Spec();
  for (int i = 0; i < 30; ++i) spec.options[1].help += " word";
  spec.notes = spec.options[1].help;
  for (absl::string_view line : absl::StrSplit(HelpOf(spec), '\n')) EXPECT_LE(line.size(), 80u);
  EXPECT_THAT(HelpOf(spec), AllOf(HasSubstr("\n                           word word"),
                                  HasSubstr("\n\nshare word word")));
}

TEST(Help, ListsTheCommandsByGroupAndTheExitCodes) {
  CommandSpec other = Spec();
  other.name = "stats";
  other.summary = "Count.";
  EXPECT_THAT(OverviewOf({{"Train", {{Spec(), nullptr}}}, {"Data", {{other, nullptr}}}}),
              AllOf(HasSubstr("Train:\n  ner.batch-train  Train.\n"),
                    HasSubstr("Data:\n  stats            Count.\n"), HasSubstr("exit codes:\n")));
}

}  // namespace
}  // namespace winnow::cli

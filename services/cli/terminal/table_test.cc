#include "services/cli/terminal/table.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

TEST(Table, AlignsByColumnsOnTheScreen) {
  Table table({"name", "n"});
  table.Add({"日本", "5"});
  table.Add({"ab", "120"});
  EXPECT_EQ(table.ToString(),
            "name    n\n"
            "日本    5\n"
            "ab    120\n");
}

TEST(Counted, AgreesInNumber) {
  EXPECT_EQ(Counted(1, "text"), "1 text");
  EXPECT_EQ(Counted(0, "text"), "0 texts");
}

}  // namespace
}  // namespace winnow::cli

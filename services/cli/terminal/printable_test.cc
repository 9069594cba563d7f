#include "services/cli/terminal/printable.h"

#include "gtest/gtest.h"

namespace winnow::cli {
namespace {

TEST(Printable, DataCannotDriveTheTerminal) {
  EXPECT_EQ(Printable("a\x1b[2Jb\tc\nd\u202e"), "a\ufffd[2Jb c \u21b5 d\ufffd");
  EXPECT_EQ(Printable("\xff"), "\ufffd");
}

}  // namespace
}  // namespace winnow::cli

#include "services/cli/terminal/terminal.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/terminal/keys.h"
#include "services/cli/terminal/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

TEST(Terminal, ReadsSingleKeysAndGivesTheScreenBack) {
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  Interrupts interrupts;
  {
    auto terminal = Terminal::Open(pty.path(), true, interrupts);
    ASSERT_TRUE(terminal.ok()) << terminal.status();
    EXPECT_TRUE(pty.Echoes());
    (*terminal)->Show("question\n");
    EXPECT_FALSE(pty.Echoes());
    pty.Type("a \x7f\bé\x1b[1;5A\x1bOPx\x03");
    std::string keys;
    for (int i = 0; i < 6; ++i) keys += (*terminal)->ReadKey();
    EXPECT_EQ(keys, "a uuxq");
    EXPECT_THAT(pty.Screen(), HasSubstr("question"));
  }
  EXPECT_TRUE(pty.Echoes());
  EXPECT_THAT(pty.Screen(), HasSubstr("\x1b[?1049l"));
}

TEST(Terminal, AnEditorReadsTheCursorKeys) {
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  Interrupts interrupts;
  auto terminal = Terminal::Open(pty.path(), true, interrupts);
  ASSERT_TRUE(terminal.ok()) << terminal.status();
  (*terminal)->Show("text\n");
  // Up, and right with Ctrl, are passed over.
  pty.Type("\x1b[C\x1bOD\x1b[A\x1b[1;2C\x1b[1;2D\x1b[1;5C\x7f\n1\x03");
  std::vector<int> keys;
  for (int i = 0; i < 8; ++i) keys.push_back((*terminal)->ReadAnyKey());
  EXPECT_THAT(keys, testing::ElementsAre(kKeyRight, kKeyLeft, kKeyShiftRight, kKeyShiftLeft,
                                         kKeyBackspace, kKeyEnter, '1', 'q'));
}

TEST(Terminal, IsRefusedWhereThereIsNone) {
  Interrupts interrupts;
  EXPECT_EQ(Terminal::Open("/dev/null", true, interrupts).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Terminal::Open("/nonexistent", true, interrupts).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace winnow::cli

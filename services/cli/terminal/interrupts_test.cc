#include "services/cli/terminal/interrupts.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/rpc/server.h"
#include "gtest/gtest.h"
#include "services/cli/terminal/terminal.h"
#include "services/cli/terminal/testing.h"

namespace winnow::cli {
namespace {

TEST(Interrupts, GiveTheTerminalBackAndEndTheProcess) {
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  const pid_t child = fork();
  if (child == 0) {
    rpc::BlockTerminationSignals();
    Interrupts interrupts;
    interrupts.Watch();
    auto terminal = Terminal::Open(pty.path(), true, interrupts);
    if (!terminal.ok()) _exit(1);
    (*terminal)->Show("question\n");
    (*terminal)->ReadKey();
    _exit(2);
  }
  while (pty.Echoes()) usleep(1000);
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGINT);
  EXPECT_TRUE(pty.Echoes());
}

}  // namespace
}  // namespace winnow::cli

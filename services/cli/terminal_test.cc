#include "services/cli/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/fake_services.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Both ends of a pseudo-terminal: the side of the keyboard and screen is here.
class Pty {
 public:
  Pty() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    const char* path = ptsname(master_);
    if (path == nullptr) return;
    path_ = path;
    // As long as this is open the settings of the terminal live.
    slave_ = open(path, O_RDWR | O_NOCTTY);
  }
  ~Pty() {
    close(slave_);
    close(master_);
  }

  // False where the machine has no pseudo-terminals, as in a chroot without /dev/pts.
  bool ok() const { return slave_ >= 0; }
  const std::string& path() const { return path_; }
  void Type(absl::string_view keys) {
    EXPECT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  bool Echoes() const {
    termios settings;
    EXPECT_EQ(tcgetattr(slave_, &settings), 0);
    return (settings.c_lflag & ECHO) != 0 && (settings.c_lflag & ICANON) != 0;
  }
  // What is on the screen, as far as it has come.
  std::string Screen() const {
    std::string screen;
    char buffer[4096];
    pollfd waiting = {master_, POLLIN, 0};
    while (poll(&waiting, 1, 100) > 0) {
      const ssize_t n = read(master_, buffer, sizeof buffer);
      if (n <= 0) break;
      screen.append(buffer, static_cast<size_t>(n));
    }
    return screen;
  }

 private:
  const int master_;
  int slave_ = -1;
  std::string path_;
};

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

TEST(Terminal, IsRefusedWhereThereIsNone) {
  Interrupts interrupts;
  EXPECT_EQ(Terminal::Open("/dev/null", true, interrupts).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Terminal::Open("/nonexistent", true, interrupts).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

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

annotation::v1::Task Question(const std::string& id, const std::string& text, uint32_t start,
                              uint32_t end) {
  annotation::v1::Task task;
  task.set_task_id(id);
  task.set_text(text);
  task.mutable_span()->set_start(start);
  task.mutable_span()->set_end(end);
  task.mutable_span()->set_label("job");
  task.mutable_span()->set_score(0.5);
  task.set_strategy("uncertainty");
  return task;
}

std::vector<std::string> Given(const FakeWorld& world) {
  std::vector<std::string> given;
  for (const annotation::v1::NewAnswer& answer : world.annotation.answers) {
    given.push_back(absl::StrCat(answer.task_id(), " ", common::v1::Verdict_Name(answer.verdict()),
                                 " ", annotation::v1::Choice_Name(answer.choice())));
  }
  return given;
}

TEST(TeachOnATerminal, KeysBecomeAnswersAndUndoAsksAgain) {
  FakeWorld world;
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  world.environment.terminal = pty.path();
  world.annotation.tasks = {Question("1", "a nurse", 2, 7), Question("2", "a cook", 2, 6),
                            Question("3", "7", 0, 1)};
  // Accept 1, reject 2, take both back, reject 1, accept 2, ignore 3.
  pty.Type("axuuxa ");
  EXPECT_EQ(world.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world.err.str();
  EXPECT_THAT(Given(world), ElementsAre("1 VERDICT_REJECT CHOICE_UNSPECIFIED",
                                        "2 VERDICT_ACCEPT CHOICE_UNSPECIFIED",
                                        "3 VERDICT_IGNORE CHOICE_UNSPECIFIED"));
  EXPECT_THAT(world.out.str(), AllOf(HasSubstr("3 answers: 1 accepted, 1 rejected, 1 ignored"),
                                     HasSubstr("every candidate has been asked")));
  EXPECT_THAT(pty.Screen(), AllOf(HasSubstr("\x1b[7mnurse"),
                                  HasSubstr("score 0.50, asked because: uncertainty")));
  EXPECT_TRUE(pty.Echoes());
}

TEST(TeachOnATerminal, ShowsOnlyTheSentenceAsked) {
  FakeWorld world;
  world.variables["NO_COLOR"] = "1";
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  world.environment.terminal = pty.path();
  world.annotation.tasks = {Question("1", "First. A nurse wanted. Last.", 9, 14)};
  world.annotation.tasks[0].set_view_start(7);
  world.annotation.tasks[0].set_view_end(22);
  pty.Type("uq");
  EXPECT_EQ(world.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world.err.str();
  EXPECT_THAT(pty.Screen(), HasSubstr("... A [nurse|job] wanted. ..."));
  EXPECT_THAT(Given(world), ElementsAre());
}

TEST(CompareOnATerminal, KeysChooseSides) {
  FakeWorld world;
  Pty pty;
  if (!pty.ok())
    GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
  world.environment.terminal = pty.path();
  world.evaluation.judgements_wanted = 4;
  world.annotation.tasks = {Question("1", "t", 0, 1), Question("2", "t", 0, 1),
                            Question("3", "t", 0, 1), Question("4", "t", 0, 1),
                            Question("5", "t", 0, 1)};
  pty.Type("1x=z ");
  EXPECT_EQ(world.Run({"ner.eval-ab", "d", "a", "b", "s", "-l", "job"}), 0) << world.err.str();
  EXPECT_THAT(Given(world),
              ElementsAre("1 VERDICT_ACCEPT CHOICE_FIRST", "2 VERDICT_ACCEPT CHOICE_SECOND",
                          "3 VERDICT_ACCEPT CHOICE_TIE", "4 VERDICT_IGNORE CHOICE_UNSPECIFIED"));
  EXPECT_THAT(world.out.str(), HasSubstr("verdict: B is better"));
}

}  // namespace
}  // namespace winnow::cli

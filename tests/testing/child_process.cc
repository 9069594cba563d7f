#include "tests/testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace winnow::integration {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(5);

std::string Content(int fd) {
  std::string content;
  char buffer[1 << 12];
  for (ssize_t n; (n = pread(fd, buffer, sizeof buffer, static_cast<off_t>(content.size()))) > 0;) {
    content.append(buffer, static_cast<size_t>(n));
  }
  return content;
}

// "NAME=value" of all variables that the child may see.
std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!absl::StartsWith(*variable, "WINNOW_")) variables.emplace_back(*variable);
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& words)
    : out_(memfd_create("out", MFD_CLOEXEC)), err_(memfd_create("err", MFD_CLOEXEC)) {
  std::vector<std::string> arguments = words;
  std::vector<std::string> environment = Environment();
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  // Between fork and exec only what is safe in a process whose other threads are gone.
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out_, STDOUT_FILENO);
  dup2(err_, STDERR_FILENO);
  execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
  _exit(127);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

std::string ChildProcess::out() const { return Content(out_); }

std::string ChildProcess::err() const { return Content(err_); }

bool ChildProcess::HasEnded() {
  if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
  return pid_ <= 0;
}

absl::StatusOr<std::string> ChildProcess::AwaitLine(absl::string_view mark,
                                                    absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    // Asked first: what it printed last must not be missed.
    const bool ended = HasEnded();
    const std::string printed = absl::StrCat(out(), err());
    std::vector<absl::string_view> lines = absl::StrSplit(printed, '\n');
    lines.pop_back();
    for (const absl::string_view line : lines) {
      const size_t at = line.find(mark);
      if (at != absl::string_view::npos) return std::string(line.substr(at + mark.size()));
    }
    if (ended)
      return absl::FailedPreconditionError(
          absl::StrCat("it ended without '", mark, "':\n", printed));
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError(absl::StrCat("no '", mark, "' yet:\n", printed));
    absl::SleepFor(kPoll);
  }
}

void ChildProcess::Signal(int signal) {
  if (!HasEnded()) kill(pid_, signal);
}

absl::StatusOr<int> ChildProcess::Wait(absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!HasEnded()) {
    if (absl::Now() > deadline)
      return absl::DeadlineExceededError(absl::StrCat("it still runs:\n", out(), err()));
    absl::SleepFor(kPoll);
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

}  // namespace winnow::integration

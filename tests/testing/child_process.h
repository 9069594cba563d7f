// Programs of the project as processes of their own, with captured output.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace winnow::integration {

// A running process, killed at the latest with this object or with the thread that made it. Its
// environment is that of the caller without WINNOW_* variables. Not thread-safe.
class ChildProcess {
 public:
  // `words[0]` is the path of the program. Standard input is empty.
  explicit ChildProcess(const std::vector<std::string>& words);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // What it has printed until now.
  std::string out() const;
  std::string err() const;

  // Waits for a whole line of either output that contains `mark`, and returns what follows the mark
  // in it. FailedPrecondition, with all that was printed, when the process ends without;
  // DeadlineExceeded.
  absl::StatusOr<std::string> AwaitLine(absl::string_view mark,
                                        absl::Duration timeout = absl::Seconds(60));

  // 0 when it is known to have ended.
  pid_t pid() const { return pid_; }
  void Signal(int signal);
  // Waits for the end: the exit code, or minus the signal that ended it. DeadlineExceeded when it
  // goes on.
  absl::StatusOr<int> Wait(absl::Duration timeout = absl::Seconds(60));

 private:
  bool HasEnded();

  // Files in memory: a pipe could fill up.
  int out_;
  int err_;
  pid_t pid_;
  // As waitpid reports it; valid when `pid_` is 0.
  int status_ = 0;
};

}  // namespace winnow::integration

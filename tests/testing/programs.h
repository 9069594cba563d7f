// The project's programs: `winnow` run to its end, and `winnow serve` in the background.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/shell/session.h"
#include "tests/testing/child_process.h"

namespace winnow::integration {

// The path of a program of this build.
std::string Program(const std::string& name);

struct Finished {
  int exit_code = 0;
  std::string out;
  std::string err;

  friend std::ostream& operator<<(std::ostream& out, const Finished& finished) {
    return out << "exit code " << finished.exit_code << "\nout: " << finished.out
               << "\nerr: " << finished.err;
  }
};
// Runs a program of this build to its end. An exit code of -1, with the reason in `err`, when it
// does not end.
Finished RunToEnd(const std::string& program, const std::vector<std::string>& words);

// `winnow serve` on a data directory and a free port. Killed with this object. Not thread-safe.
class WinnowServer {
 public:
  // Returns when it serves. `words`: further options; `connect`: what the session is to show.
  static absl::StatusOr<std::unique_ptr<WinnowServer>> Start(
      const std::string& data_dir, const std::vector<std::string>& words = {},
      const rpc::ConnectOptions& connect = {});

  const std::string& address() const { return address_; }
  cli::Session& session() { return *session_; }
  ChildProcess& process() { return *process_; }
  // As power would: SIGKILL, and gone when it returns.
  void Kill();

 private:
  WinnowServer() = default;

  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::unique_ptr<cli::Session> session_;
};

}  // namespace winnow::integration

// The world outside a command.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/cli/shell/options.h"
#include "services/cli/shell/session.h"
#include "services/cli/terminal/interrupts.h"

namespace winnow::cli {

// Tests put their own in. Not thread-safe.
struct Environment {
  std::istream& in;
  // Results, and nothing else.
  std::ostream& out;
  // Progress and notes.
  std::ostream& err;
  Interrupts& interrupts;
  // The value of an environment variable, or an empty string.
  std::function<std::string(const std::string&)> variable;
  // The reply to `winnow --version`.
  std::string version;
  // True when `in` is a terminal.
  bool in_is_terminal = false;
  // True when `out` is one.
  bool out_is_terminal = false;
  // The device that keystrokes are read from and questions shown on.
  std::string terminal = "/dev/tty";
  // The services that `--server`, `--data` and the environment variables name.
  std::function<absl::StatusOr<std::unique_ptr<Session>>(const Invocation&, Environment&)> connect;

  // False where $NO_COLOR is set or the terminal is dumb.
  bool WantsColour() const;

  // "winnow: ..." on `err`, made harmless for the terminal.
  void Note(absl::string_view message);
};

}  // namespace winnow::cli

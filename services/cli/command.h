// What every command of `winnow` is made of.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "services/cli/interrupts.h"
#include "services/cli/options.h"
#include "services/cli/session.h"

namespace winnow::cli {

// The world outside a command; tests put their own in. Not thread-safe.
struct Environment {
  std::istream& in;
  // Results, and nothing else.
  std::ostream& out;
  // Progress and notes.
  std::ostream& err;
  Interrupts& interrupts;
  // The value of an environment variable, or an empty string.
  std::function<std::string(const std::string&)> variable;
  // True when `in` is a terminal.
  bool in_is_terminal = false;
  // What keystrokes are read from and questions shown on.
  std::string terminal = "/dev/tty";
  // The services that `--server`, `--data` and the environment variables name.
  std::function<absl::StatusOr<std::unique_ptr<Session>>(const Invocation&, Environment&)> connect;

  // "winnow: ..." on `err`, made harmless for the terminal.
  void Note(absl::string_view message);
};

struct Command {
  CommandSpec spec;
  // Error: see ExitCodeOf.
  std::function<absl::Status(const Invocation&, Environment&)> run;
};

// 0 done; 2 bad input or usage; 3 no server, or no answer in time; 1 anything else.
int ExitCodeOf(const absl::Status& status);

// A command that talks to the services: the spec with --server, --data and --json added.
CommandSpec ClientSpec(CommandSpec spec);

// Environment::connect of the real world: --server; else --data, hosted here; else $WINNOW_SERVER;
// else hosted here on the default data directory.
absl::StatusOr<std::unique_ptr<Session>> Connect(const Invocation& invocation,
                                                 Environment& environment);

// $WINNOW_DATA_DIR, or ~/.local/share/winnow.
std::string DefaultDataDir(const Environment& environment);

// The JSON that protobuf defines, with the field names of the .proto files and every field; 64-bit
// integers are strings.
nlohmann::ordered_json ToJson(const google::protobuf::Message& message);
// One line.
void PrintJson(const nlohmann::ordered_json& json, Environment& environment);

}  // namespace winnow::cli

// A command of `winnow`: how it is typed, and what it does.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

struct Command {
  CommandSpec spec;
  // Error: see ExitCodeOf.
  std::function<absl::Status(const Invocation&, Environment&)> run;
};

// Commands that stand together in the help.
struct CommandGroup {
  std::string title;
  std::vector<Command> commands;
};

}  // namespace winnow::cli

// The help of commands, wrapped for a terminal of 80 columns.
#pragma once

#include <string>
#include <vector>

#include "services/cli/shell/command.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// The text of `winnow COMMAND --help`.
std::string HelpOf(const CommandSpec& spec);

// The text of `winnow help`: all commands by group, what they have in common, and the exit codes.
std::string OverviewOf(const std::vector<CommandGroup>& groups);

}  // namespace winnow::cli

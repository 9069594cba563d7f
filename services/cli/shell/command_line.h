// One command line, from its words to its exit code.
#pragma once

#include <string>
#include <vector>

#include "services/cli/shell/command.h"

namespace winnow::cli {

// Runs `words` (without the program's name): help, the version, or a command of `groups`. Errors
// are printed on `environment.err`, with the command that mends them where there is one. Returns
// the exit code.
int RunCommandLine(const std::vector<CommandGroup>& groups, const std::vector<std::string>& words,
                   Environment& environment);

}  // namespace winnow::cli

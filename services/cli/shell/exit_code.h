// The exit codes of `winnow`, for scripts.
#pragma once

#include "absl/status/status.h"

namespace winnow::cli {

// 0 done; 2 bad input or usage; 3 no server, or no answer in time; 4 the server wants a token, or
// another role; 1 anything else.
int ExitCodeOf(const absl::Status& status);

// The same for the help, one code a line.
inline constexpr char kExitCodes[] =
    "exit codes:\n"
    "  0  done\n"
    "  1  cancelled, or failed for another reason than these\n"
    "  2  the input or the command line is wrong; nothing was changed\n"
    "  3  no server, or no answer in time\n"
    "  4  the server does not know you, or you may not do this\n";

}  // namespace winnow::cli

#include "services/cli/recipes/confirmation.h"

#include <istream>
#include <ostream>

#include "services/cli/terminal/printable.h"

namespace winnow::cli {

OptionSpec YesOption() { return FlagOption({"--yes"}, "do not ask"); }

absl::Status ConfirmRemoval(const std::string& what, const Invocation& invocation,
                            Environment& environment) {
  if (invocation.Flag("yes")) return absl::OkStatus();
  if (!environment.in_is_terminal) {
    return absl::InvalidArgumentError(
        "this asks before it removes; where nobody can be asked it needs --yes");
  }
  environment.err << "Remove " << Printable(what) << "? [y/N] " << std::flush;
  std::string line;
  std::getline(environment.in, line);
  if (line == "y" || line == "Y" || line == "yes") return absl::OkStatus();
  return absl::CancelledError("nothing was removed");
}

}  // namespace winnow::cli

// Who answers the questions of a recipe: the person at this machine, or an oracle.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/cli/recipes/oracle.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"
#include "services/cli/shell/session.h"
#include "services/cli/terminal/terminal.h"

namespace winnow::cli {

// Exactly one of `oracle` and `terminal` is there.
struct Answerer {
  std::optional<Gold> oracle;
  std::unique_ptr<Terminal> terminal;
  // "oracle"; else $USER, or "person".
  std::string name;
};

// The oracle that --oracle names, else the terminal; in colour unless $NO_COLOR is set or the
// terminal is dumb. FailedPrecondition when there is neither.
absl::StatusOr<Answerer> ChooseAnswerer(const Invocation& invocation, Session& session,
                                        Environment& environment);

}  // namespace winnow::cli

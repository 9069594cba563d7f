// The choice of the services that a command talks to.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// A command that talks to the services: the spec with --server, --data, what it
// takes to sign in (sign_in.h) and --json added.
CommandSpec ClientSpec(CommandSpec spec);

// Environment::connect of the real world: --server; else --data, hosted here; else $WINNOW_SERVER;
// else hosted here on the default data directory.
absl::StatusOr<std::unique_ptr<Session>> Connect(const Invocation& invocation,
                                                 Environment& environment);

// $WINNOW_DATA_DIR, or ~/.local/share/winnow.
std::string DefaultDataDir(const Environment& environment);

}  // namespace winnow::cli

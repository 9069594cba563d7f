// What a command shows to a server to be known, and what it demands of the server.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/channel.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// --token and --tls-ca.
std::vector<OptionSpec> SignInOptions();

// The token: --token, else $WINNOW_TOKEN, else the file winnow/token in $XDG_CONFIG_HOME or
// ~/.config. The authority: --tls-ca, else $WINNOW_TLS_CA. FailedPrecondition for a file that
// others than its owner may use.
absl::StatusOr<rpc::ConnectOptions> ReadSignIn(const Invocation& invocation,
                                               const Environment& environment);

}  // namespace winnow::cli

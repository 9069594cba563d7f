// MODEL on a command line: a name, a version, or an exported directory.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The help of it.
inline constexpr char kModelHelp[] = "a name, name@N or an exported directory";

// The name that the services know a MODEL by. A directory is imported under its last part (the same
// files are imported once) and becomes "name@N"; anything else is returned as it is, and the
// services say whether it exists.
absl::StatusOr<std::string> ResolveModel(const std::string& argument, Session& session,
                                         Environment& environment);

// "name@N" of a MODEL, so that it stays the same when `serving` moves.
absl::StatusOr<std::string> ResolveVersion(const std::string& argument, Session& session,
                                           Environment& environment);

}  // namespace winnow::cli

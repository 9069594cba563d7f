// Where a server may listen.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace winnow::rpc {

// A socket in the file system ("unix:PATH"): who may reach it is told by its permissions.
bool IsUnixAddress(absl::string_view address);

// OK for "unix:PATH", for a "HOST:PORT" all of whose addresses are loopback, or, with `insecure`,
// for any: there is no authentication yet. InvalidArgument otherwise, also for a host that cannot
// be resolved.
absl::Status CheckListenAddress(const std::string& address, bool insecure);

}  // namespace winnow::rpc

// Where a server may listen.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::rpc {

// A socket in the file system ("unix:PATH"): who may reach it is told by its permissions.
bool IsUnixAddress(absl::string_view address);

// What keeps others out of a server.
struct Protection {
  // The network itself does, somebody says.
  bool insecure = false;
  // Connections are, by TLS.
  bool encrypted = false;
  // Callers are asked who they are.
  bool closed = false;
};

// OK for "unix:PATH", for a "HOST:PORT" all of whose addresses are loopback, or for any where it is
// `encrypted` and `closed`, or `insecure`. InvalidArgument otherwise, also for a host that cannot
// be resolved. `option` is what the person typed it as.
absl::Status CheckListenAddress(const std::string& address, const Protection& protection,
                                absl::string_view option = "--listen");
// Whether all that the host of a "HOST:PORT" stands for is loopback. InvalidArgument for one that
// cannot be resolved.
absl::StatusOr<bool> IsLoopbackAddress(const std::string& address);

}  // namespace winnow::rpc

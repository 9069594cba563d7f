// The flags that the processes of all services have besides those of connection_flags.h, and what
// follows from them. Linked by their main files only.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/metrics.h"
#include "common/rpc/access_control.h"
#include "common/rpc/server.h"

namespace winnow::rpc {

// Follows --access, and the keys of --oidc_issuer. Errors of AccessControl::Open.
absl::StatusOr<std::unique_ptr<AccessControl>> OpenAccess(metrics::Registry& registry);

// --access.
std::string AccessDirectory();

// To listen on `address` with --tls_cert, --tls_key and --tls_client_ca. Errors of
// CheckListenAddress.
absl::StatusOr<ServerOptions> ServerOptionsOf(const std::string& address, AccessControl& access);

}  // namespace winnow::rpc

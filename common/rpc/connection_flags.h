// The flags of all processes that serve and call, and what follows from them. Linked by their main
// files only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/channel.h"
#include "common/rpc/tls.h"
#include "grpcpp/channel.h"

namespace winnow::rpc {

// To listen on `address`: --tls_cert and --tls_key. Errors of CheckListenAddress; `is_closed`,
// which tells whether callers are asked who they are, is called when that matters.
absl::StatusOr<TlsFiles> ListenTls(const std::string& address,
                                   const std::function<absl::StatusOr<bool>()>& is_closed);

// To another service of ours, with --tls_ca, the certificate of this one, and $WINNOW_TOKEN.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectToService(const std::string& address);
// For a gateway: without a token, since calls bring that of whom they are made for.
absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectForOthers(const std::string& address);

}  // namespace winnow::rpc

#include "common/rpc/connection_flags.h"

#include <cstdlib>

#include "absl/flags/flag.h"
#include "common/base/status.h"
#include "common/rpc/listen_address.h"

ABSL_FLAG(std::string, tls_cert, "", "certificate of this service (PEM), to encrypt connections");
ABSL_FLAG(std::string, tls_key, "", "its private key (PEM)");
ABSL_FLAG(std::string, tls_ca, "",
          "who vouches for the services that this one calls (PEM), or 'system'");
ABSL_FLAG(bool, insecure, false,
          "listen on an address that is not loopback, although callers are not asked who they are "
          "or connections are not encrypted");

namespace winnow::rpc {
namespace {

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectWith(ConnectOptions options,
                                                           const std::string& address) {
  options.tls.authority = absl::GetFlag(FLAGS_tls_ca);
  if (!options.tls.authority.empty()) {
    options.tls.certificate = absl::GetFlag(FLAGS_tls_cert);
    options.tls.key = absl::GetFlag(FLAGS_tls_key);
  }
  return Connect(address, options);
}

}  // namespace

absl::StatusOr<TlsFiles> ListenTls(const std::string& address,
                                   const std::function<absl::StatusOr<bool>()>& is_closed) {
  Protection protection{.insecure = absl::GetFlag(FLAGS_insecure)};
  const TlsFiles tls = {absl::GetFlag(FLAGS_tls_cert), absl::GetFlag(FLAGS_tls_key), ""};
  protection.encrypted = !tls.empty();
  const bool is_reached_by_others = !protection.insecure && !CheckListenAddress(address, {}).ok();
  if (is_reached_by_others) {
    WINNOW_ASSIGN_OR_RETURN(protection.closed, is_closed());
  }
  WINNOW_RETURN_IF_ERROR(CheckListenAddress(address, protection));
  return tls;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectToService(const std::string& address) {
  const char* token = std::getenv("WINNOW_TOKEN");
  return ConnectWith({.token = token == nullptr ? "" : token}, address);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectForOthers(const std::string& address) {
  return ConnectWith({.is_gateway = true}, address);
}

}  // namespace winnow::rpc

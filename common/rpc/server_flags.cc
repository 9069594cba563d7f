#include "common/rpc/server_flags.h"

#include <cstdlib>

#include "absl/flags/flag.h"
#include "common/base/status.h"
#include "common/rpc/listen_address.h"

ABSL_FLAG(std::string, access, "access-data",
          "directory of the people who may call, and of the audit log; the same for all services");
ABSL_FLAG(std::string, tls_cert, "", "certificate of this service (PEM), to encrypt connections");
ABSL_FLAG(std::string, tls_key, "", "its private key (PEM)");
ABSL_FLAG(std::string, tls_client_ca, "",
          "who vouches for callers (PEM): one that shows a certificate needs no token, and is a "
          "service");
ABSL_FLAG(std::string, tls_ca, "",
          "who vouches for the services that this one calls (PEM), or 'system'");
ABSL_FLAG(std::string, oidc_issuer, "",
          "issuer whose tokens are accepted, too (OpenID Connect), to the letter as they name it; "
          "the same for all services");
ABSL_FLAG(std::string, oidc_audience, "", "for whom its tokens must be (claim aud)");
ABSL_FLAG(std::string, oidc_role_claim, "",
          "where its tokens name roles: a claim, or the way to one, as realm_access.roles");
ABSL_FLAG(std::string, oidc_keys, "",
          "its keys (JSON Web Key Set): a file, or an address (default: what the issuer tells at "
          "/.well-known/openid-configuration)");
ABSL_FLAG(bool, insecure, false,
          "listen on an address that is not loopback, although callers are not asked who they are "
          "or connections are not encrypted");

namespace winnow::rpc {

std::string AccessDirectory() { return absl::GetFlag(FLAGS_access); }

absl::StatusOr<std::unique_ptr<AccessControl>> OpenAccess(metrics::Registry& registry) {
  return AccessControl::Open(
      AccessDirectory(), registry,
      {absl::GetFlag(FLAGS_oidc_issuer), absl::GetFlag(FLAGS_oidc_audience),
       absl::GetFlag(FLAGS_oidc_role_claim), absl::GetFlag(FLAGS_oidc_keys)});
}

absl::StatusOr<ServerOptions> ServerOptionsOf(const std::string& address, AccessControl& access) {
  ServerOptions options;
  options.address = address;
  options.tls = {absl::GetFlag(FLAGS_tls_cert), absl::GetFlag(FLAGS_tls_key),
                 absl::GetFlag(FLAGS_tls_client_ca)};
  WINNOW_RETURN_IF_ERROR(CheckListenAddress(address, {.insecure = absl::GetFlag(FLAGS_insecure),
                                                      .encrypted = !options.tls.empty(),
                                                      .closed = !access.people().IsOpen()}));
  return options;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectToService(const std::string& address) {
  ConnectOptions options;
  const char* token = std::getenv("WINNOW_TOKEN");
  if (token != nullptr) options.token = token;
  options.tls.authority = absl::GetFlag(FLAGS_tls_ca);
  if (!options.tls.authority.empty()) {
    options.tls.certificate = absl::GetFlag(FLAGS_tls_cert);
    options.tls.key = absl::GetFlag(FLAGS_tls_key);
  }
  return Connect(address, options);
}

}  // namespace winnow::rpc

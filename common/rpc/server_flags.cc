#include "common/rpc/server_flags.h"

#include "absl/flags/flag.h"
#include "common/base/status.h"
#include "common/rpc/connection_flags.h"

ABSL_FLAG(std::string, access, "access-data",
          "directory of the people who may call, and of the audit log; the same for all services");
ABSL_FLAG(std::string, tls_client_ca, "",
          "who vouches for callers (PEM): one that shows a certificate needs no token, and is a "
          "service");
ABSL_FLAG(std::string, oidc_issuer, "",
          "issuer whose tokens are accepted, too (OpenID Connect), to the letter as they name it; "
          "the same for all services");
ABSL_FLAG(std::string, oidc_audience, "", "for whom its tokens must be (claim aud)");
ABSL_FLAG(std::string, oidc_role_claim, "",
          "where its tokens name roles: a claim, or the way to one, as realm_access.roles");
ABSL_FLAG(std::string, oidc_keys, "",
          "its keys (JSON Web Key Set): a file, or an address (default: what the issuer tells at "
          "/.well-known/openid-configuration)");

namespace winnow::rpc {

std::string AccessDirectory() { return absl::GetFlag(FLAGS_access); }

absl::StatusOr<std::unique_ptr<AccessControl>> OpenAccess(metrics::Registry& registry) {
  return AccessControl::Open(
      AccessDirectory(), registry,
      {absl::GetFlag(FLAGS_oidc_issuer), absl::GetFlag(FLAGS_oidc_audience),
       absl::GetFlag(FLAGS_oidc_role_claim), absl::GetFlag(FLAGS_oidc_keys)});
}

absl::StatusOr<ServerOptions> ServerOptionsOf(const std::string& address, AccessControl& access) {
  ServerOptions options{.address = address};
  WINNOW_ASSIGN_OR_RETURN(options.tls, ListenTls(address, [&]() -> absl::StatusOr<bool> {
                            return !access.people().IsOpen();
                          }));
  options.tls.authority = absl::GetFlag(FLAGS_tls_client_ca);
  return options;
}

}  // namespace winnow::rpc

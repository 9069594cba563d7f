#include "common/oidc/issuer_options.h"

#include "absl/strings/match.h"
#include "common/base/status.h"
#include "common/oidc/fetch.h"

namespace winnow::oidc {

absl::Status CheckIssuer(const IssuerOptions& options) {
  if (options.empty()) return absl::OkStatus();
  Violations violations;
  if (options.issuer.empty())
    violations.Add("oidc issuer", "is missing: whose tokens are to be accepted?");
  if (options.audience.empty()) {
    violations.Add("oidc audience",
                   "is missing: without it tokens for any other program would be accepted");
  }
  if (options.role_claim.empty())
    violations.Add("oidc role claim", "is missing: which claim of a token names roles?");
  if (options.keys.empty() && !options.issuer.empty())
    violations.AddUnlessOk("oidc issuer", CheckAddress(options.issuer));
  if (IsAddress(options.keys)) violations.AddUnlessOk("oidc keys", CheckAddress(options.keys));
  return violations.ToStatus("cannot accept the tokens of an issuer");
}

bool IsAddress(absl::string_view keys) { return absl::StrContains(keys, "://"); }

}  // namespace winnow::oidc

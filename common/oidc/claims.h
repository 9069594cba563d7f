// What a token says (JSON Web Token, RFC 7519), and whether it says it to us, now.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/oidc/issuer_options.h"
#include "nlohmann/json_fwd.hpp"

namespace winnow::oidc {

// How far the clocks of an issuer and of this machine may be apart.
inline constexpr absl::Duration kLeeway = absl::Seconds(60);

// Whom a token is about.
struct Identity {
  std::string name;
  // All that the issuer names, of whatever program.
  std::vector<std::string> roles;
  // From when on it is no longer accepted.
  absl::Time end;
};

// Unauthenticated, with the reason
//   INVALID_TOKEN        the claims are no JSON object, or lack one of iss, aud and exp,
//   WRONG_ISSUER         "iss" is another one,
//   WRONG_AUDIENCE       "aud" is, or lists, none that is ours,
//   TOKEN_EXPIRED        "exp" is over, by more than kLeeway,
//   TOKEN_NOT_YET_VALID  "nbf" is to come, by more than kLeeway.
absl::Status CheckClaims(const nlohmann::json& claims, const IssuerOptions& options,
                         absl::Time now);

// The name is the claim "preferred_username", else "email" unless the issuer says that it is not
// verified, else "sub"; the roles are a text or a list of texts, and none where there is no such
// claim. INVALID_TOKEN when the name can be none (ValidatePerson). REQUIRES: CheckClaims is OK.
absl::StatusOr<Identity> ReadIdentity(const nlohmann::json& claims, const IssuerOptions& options);

}  // namespace winnow::oidc

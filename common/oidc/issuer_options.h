// Whose tokens are accepted beside those of our own.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace winnow::oidc {

// An issuer of tokens, as OpenID Connect calls it.
struct IssuerOptions {
  // Its address, to the letter as it stands in its tokens (claim "iss"). Empty: there is none.
  std::string issuer;
  // For whom the tokens must be (claim "aud").
  std::string audience;
  // Where a token names roles: a claim, or the way to one ("realm_access.roles").
  std::string role_claim;
  // Its keys (a JSON Web Key Set): a file, or an address. Empty: what the issuer tells at
  // /.well-known/openid-configuration.
  std::string keys;

  bool empty() const {
    return issuer.empty() && audience.empty() && role_claim.empty() && keys.empty();
  }
};

// InvalidArgument with all that is missing, and with addresses that nobody may trust
// (CheckAddress); OK for empty ones.
absl::Status CheckIssuer(const IssuerOptions& options);

// Whether it is an address and no file.
bool IsAddress(absl::string_view keys);

}  // namespace winnow::oidc

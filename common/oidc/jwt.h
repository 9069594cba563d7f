// Tokens that an issuer has signed.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/oidc/claims.h"
#include "common/oidc/issuer_options.h"
#include "common/oidc/key_set.h"

namespace winnow::oidc {

inline constexpr size_t kMaxTokenBytes = size_t{16} << 10;

// Whom a signed JSON Web Token in the compact form (RFC 7515, section 7.1) is about. Errors of
// CheckClaims and ReadIdentity; else Unauthenticated, with the reason
//   INVALID_TOKEN  it is no such token, longer than kMaxTokenBytes, signed by an algorithm that is
//                  not accepted (IsAccepted), or has critical headers (RFC 7515, section 4.1.11),
//   UNKNOWN_KEY    no key has its id and is for its algorithm,
//   BAD_SIGNATURE  none of those that do has signed it.
// What the claims say is checked before the signature: an old token is "expired" whether or not its
// key is still known.
absl::StatusOr<Identity> VerifyToken(absl::string_view token, const IssuerOptions& options,
                                     const KeySet& keys, absl::Time now);

}  // namespace winnow::oidc

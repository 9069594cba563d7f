// Whether a token is one of an issuer whom we trust.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/oidc/claims.h"
#include "common/oidc/issuer_options.h"
#include "common/oidc/key_follower.h"
#include "common/oidc/verified_tokens.h"

namespace winnow::oidc {

// Thread-safe. No call but Open waits for a file or the network.
class Verifier {
 public:
  // Reads the keys once, in the bounds of Fetch, and follows them from then on. InvalidArgument for
  // options that CheckIssuer refuses, or a file that holds no keys; an address that does not answer
  // is logged and asked again. REQUIRES: the options are not empty. `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<Verifier>> Open(const IssuerOptions& options,
                                                        const Clock& clock = SystemClock::Get());
  // Follows a source that was not read yet.
  Verifier(IssuerOptions options, KeySource source, const Clock& clock, absl::Duration poll);

  // Whom the token is about. Errors of VerifyToken, with a delay (WithRetryAfter) where the keys
  // are about to be read again, since the token may be signed with a newer one; or Unavailable
  // (NO_KEYS), with a delay, when no keys could be read yet. A signature is verified once, as long
  // as the token and the keys last.
  absl::StatusOr<std::shared_ptr<const Identity>> Verify(absl::string_view token);

  // Reads the keys, if that is due (KeyFollower).
  absl::Status Refresh() { return keys_.Refresh(); }

 private:
  const IssuerOptions options_;
  const Clock& clock_;
  VerifiedTokens verified_;
  KeyFollower keys_;
};

}  // namespace winnow::oidc

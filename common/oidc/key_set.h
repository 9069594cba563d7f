// The public keys of an issuer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/oidc/jose.h"

namespace winnow::oidc {

// RS256, RS384, RS512, PS256, PS384, PS512, ES256 or ES384 (RFC 7518, section 3): signatures that
// whoever can verify cannot make. Never "none", and no HS256 and the like.
bool IsAccepted(absl::string_view algorithm);

// A JSON Web Key Set (RFC 7517). Immutable; movable.
class KeySet {
 public:
  static constexpr size_t kMaxKeys = 64;
  // RFC 7518, section 3.3.
  static constexpr size_t kMinRsaBits = 2048;

  // Left out are keys that verify no accepted signature: those of other kinds, for encryption,
  // damaged ones, and RSA keys that are too short. DataLoss for what is no key set, for one with
  // more than kMaxKeys, and where no key is left.
  static absl::StatusOr<KeySet> Parse(absl::string_view json);

  // Those that may have made a signature by `algorithm`: the ones with this id, or, when it is
  // empty, with any. Valid as long as the set.
  std::vector<const cjose_jwk_t*> Find(absl::string_view id, absl::string_view algorithm) const;
  size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    // The only one that it is for; empty for all of its kind.
    std::string algorithm;
    Jwk jwk;
  };

  std::vector<Key> keys_;
};

}  // namespace winnow::oidc

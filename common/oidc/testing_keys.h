// What an issuer has, for tests: keys of its own, and tokens that it signs with them.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/oidc/issuer_options.h"
#include "common/oidc/jose.h"
#include "nlohmann/json.hpp"

namespace winnow::oidc {

// Immutable; movable.
class TestKey {
 public:
  static TestKey Rsa(const std::string& id, size_t bits = 2048);
  static TestKey Ec(const std::string& id, cjose_jwk_ec_curve curve = CJOSE_JWK_EC_P_256);
  // For HS256 and the like.
  static TestKey Secret(const std::string& id, absl::string_view bytes);

  // As it stands in a key set.
  nlohmann::json Public() const;
  // A token. `header` adds to "alg" and "kid", or replaces them; null takes one away.
  std::string Sign(const std::string& algorithm, const nlohmann::json& claims,
                   const nlohmann::json& header = nlohmann::json::object()) const;

 private:
  TestKey(std::string id, cjose_jwk_t* jwk);

  std::string id_;
  Jwk jwk_;
};

// A token that says that it needs no signature.
std::string UnsignedToken(const nlohmann::json& claims);

// A JSON Web Key Set.
std::string KeySetOf(const std::vector<const TestKey*>& keys);

// Of an issuer whose tokens have their roles in the claim "roles".
IssuerOptions TestIssuer();
// What a good token of it says: valid for five minutes from `now` on.
nlohmann::json TestClaims(absl::string_view name, absl::string_view role, absl::Time now);

}  // namespace winnow::oidc

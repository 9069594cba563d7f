#include "common/oidc/jwt.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::oidc {
namespace {

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::UnauthenticatedError(message), reason);
}

// Of the header, as the library reads it that verifies; empty when it is no text.
std::string HeaderOf(cjose_jws_t* jws, const char* name) {
  const char* value = cjose_header_get(cjose_jws_get_protected(jws), name, nullptr);
  return value == nullptr ? "" : value;
}

bool HasHeader(cjose_jws_t* jws, const char* name) {
  const std::unique_ptr<char, decltype(&std::free)> json(
      cjose_header_get_raw(cjose_jws_get_protected(jws), name, nullptr), std::free);
  return json != nullptr;
}

absl::StatusOr<Jws> Import(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return Refuse("INVALID_TOKEN", "the token is too long");
  Jws jws(cjose_jws_import(token.data(), token.size(), nullptr));
  if (jws == nullptr) {
    return Refuse("INVALID_TOKEN",
                  "the token is neither one of ours (wnw_...) nor a signed JSON Web Token");
  }
  const std::string algorithm = HeaderOf(jws.get(), CJOSE_HDR_ALG);
  if (!IsAccepted(algorithm)) {
    return Refuse("INVALID_TOKEN",
                  absl::StrCat("tokens signed by '", absl::CHexEscape(algorithm.substr(0, 40)),
                               "' are not accepted"));
  }
  if (HasHeader(jws.get(), "crit"))
    return Refuse("INVALID_TOKEN", "the token has headers that are not understood (crit)");
  return jws;
}

nlohmann::json ClaimsOf(const cjose_jws_t* jws) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  cjose_jws_get_plaintext(jws, &bytes, &size, nullptr);
  return nlohmann::json::parse(bytes, bytes + size, nullptr, /*allow_exceptions=*/false);
}

absl::Status CheckSignature(cjose_jws_t* jws, const KeySet& keys) {
  const std::vector<const cjose_jwk_t*> candidates =
      keys.Find(HeaderOf(jws, CJOSE_HDR_KID), HeaderOf(jws, CJOSE_HDR_ALG));
  if (candidates.empty()) {
    return Refuse("UNKNOWN_KEY",
                  "the token is signed with a key that the issuer does not publish, or has "
                  "published a moment ago");
  }
  const bool verified =
      std::any_of(candidates.begin(), candidates.end(),
                  [&](const cjose_jwk_t* key) { return cjose_jws_verify(jws, key, nullptr); });
  if (verified) return absl::OkStatus();
  return Refuse("BAD_SIGNATURE", "the token is not signed by the issuer, or was changed");
}

}  // namespace

absl::StatusOr<Identity> VerifyToken(absl::string_view token, const IssuerOptions& options,
                                     const KeySet& keys, absl::Time now) {
  WINNOW_ASSIGN_OR_RETURN(const Jws jws, Import(token));
  const nlohmann::json claims = ClaimsOf(jws.get());
  WINNOW_RETURN_IF_ERROR(CheckClaims(claims, options, now));
  WINNOW_RETURN_IF_ERROR(CheckSignature(jws.get(), keys));
  return ReadIdentity(claims, options);
}

}  // namespace winnow::oidc

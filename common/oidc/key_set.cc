#include "common/oidc/key_set.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace winnow::oidc {
namespace {

using Json = nlohmann::json;

struct Algorithm {
  absl::string_view name;
  cjose_jwk_kty_t kind;
  cjose_jwk_ec_curve curve = CJOSE_JWK_EC_INVALID;
};

constexpr Algorithm kAccepted[] = {
    {"RS256", CJOSE_JWK_KTY_RSA},
    {"RS384", CJOSE_JWK_KTY_RSA},
    {"RS512", CJOSE_JWK_KTY_RSA},
    {"PS256", CJOSE_JWK_KTY_RSA},
    {"PS384", CJOSE_JWK_KTY_RSA},
    {"PS512", CJOSE_JWK_KTY_RSA},
    {"ES256", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_256},
    {"ES384", CJOSE_JWK_KTY_EC, CJOSE_JWK_EC_P_384},
};

// Null when it is not accepted.
const Algorithm* FindAlgorithm(absl::string_view name) {
  const auto* found = std::find_if(std::begin(kAccepted), std::end(kAccepted),
                                   [&](const Algorithm& a) { return a.name == name; });
  return found == std::end(kAccepted) ? nullptr : found;
}

bool Fits(const cjose_jwk_t* key, const Algorithm& algorithm) {
  if (cjose_jwk_get_kty(key, nullptr) != algorithm.kind) return false;
  if (algorithm.kind == CJOSE_JWK_KTY_RSA)
    return cjose_jwk_get_keysize(key, nullptr) >= KeySet::kMinRsaBits;
  return cjose_jwk_EC_get_curve(key, nullptr) == algorithm.curve;
}

bool FitsAny(const cjose_jwk_t* key) {
  return std::any_of(std::begin(kAccepted), std::end(kAccepted),
                     [&](const Algorithm& algorithm) { return Fits(key, algorithm); });
}

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

bool IsAccepted(absl::string_view algorithm) { return FindAlgorithm(algorithm) != nullptr; }

absl::StatusOr<KeySet> KeySet::Parse(absl::string_view json) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("keys") || !root["keys"].is_array())
    return absl::DataLossError("is no JSON Web Key Set: it has no list \"keys\"");
  const Json& list = root["keys"];
  if (list.size() > kMaxKeys)
    return absl::DataLossError(absl::StrCat("has ", list.size(), " keys, more than ", kMaxKeys));
  KeySet keys;
  for (const Json& object : list) {
    if (!object.is_object()) continue;
    const std::string use = TextOf(object, "use");
    if (!use.empty() && use != "sig") continue;
    const std::string text = object.dump();
    Jwk jwk(cjose_jwk_import(text.data(), text.size(), nullptr));
    if (jwk == nullptr || !FitsAny(jwk.get())) continue;
    keys.keys_.push_back({TextOf(object, "kid"), TextOf(object, "alg"), std::move(jwk)});
  }
  if (keys.keys_.empty())
    return absl::DataLossError("has no key for signatures that are accepted (RSA or EC)");
  return keys;
}

std::vector<const cjose_jwk_t*> KeySet::Find(absl::string_view id,
                                             absl::string_view algorithm) const {
  std::vector<const cjose_jwk_t*> found;
  const Algorithm* accepted = FindAlgorithm(algorithm);
  if (accepted == nullptr) return found;
  for (const Key& key : keys_) {
    if (!id.empty() && key.id != id) continue;
    if (!key.algorithm.empty() && key.algorithm != algorithm) continue;
    if (Fits(key.jwk.get(), *accepted)) found.push_back(key.jwk.get());
  }
  return found;
}

}  // namespace winnow::oidc

#include "common/oidc/testing_keys.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace winnow::oidc {
namespace {

// Nothing can be tested without keys.
void Must(bool holds) {
  if (!holds) std::abort();
}

const uint8_t* BytesOf(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

TestKey::TestKey(std::string id, cjose_jwk_t* jwk) : id_(std::move(id)), jwk_(jwk) {
  Must(jwk_ != nullptr);
  Must(cjose_jwk_set_kid(jwk_.get(), id_.data(), id_.size(), nullptr));
}

TestKey TestKey::Rsa(const std::string& id, size_t bits) {
  const uint8_t exponent[] = {1, 0, 1};
  return {id, cjose_jwk_create_RSA_random(bits, exponent, sizeof exponent, nullptr)};
}

TestKey TestKey::Ec(const std::string& id, cjose_jwk_ec_curve curve) {
  return {id, cjose_jwk_create_EC_random(curve, nullptr)};
}

TestKey TestKey::Secret(const std::string& id, absl::string_view bytes) {
  return {id, cjose_jwk_create_oct_spec(BytesOf(bytes), bytes.size(), nullptr)};
}

nlohmann::json TestKey::Public() const {
  const std::unique_ptr<char, decltype(&std::free)> json(
      cjose_jwk_to_json(jwk_.get(), /*priv=*/false, nullptr), std::free);
  Must(json != nullptr);
  nlohmann::json key = nlohmann::json::parse(json.get());
  key["use"] = "sig";
  return key;
}

std::string TestKey::Sign(const std::string& algorithm, const nlohmann::json& claims,
                          const nlohmann::json& header) const {
  nlohmann::json all = {{"alg", algorithm}, {"kid", id_}};
  // RFC 7396: what is null is taken away.
  all.merge_patch(header);
  const std::unique_ptr<cjose_header_t, decltype(&cjose_header_release)> signed_header(
      cjose_header_new(nullptr), cjose_header_release);
  for (const auto& [name, value] : all.items()) {
    // The library's parser takes no lone text.
    if (value.is_string()) {
      Must(cjose_header_set(signed_header.get(), name.c_str(), value.get<std::string>().c_str(),
                            nullptr));
    } else {
      Must(cjose_header_set_raw(signed_header.get(), name.c_str(), value.dump().c_str(), nullptr));
    }
  }
  const std::string text = claims.dump();
  const Jws jws(
      cjose_jws_sign(jwk_.get(), signed_header.get(), BytesOf(text), text.size(), nullptr));
  const char* token = nullptr;
  Must(jws != nullptr && cjose_jws_export(jws.get(), &token, nullptr));
  return token;
}

std::string UnsignedToken(const nlohmann::json& claims) {
  return absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"none"})"), ".",
                      absl::WebSafeBase64Escape(claims.dump()), ".");
}

std::string KeySetOf(const std::vector<const TestKey*>& keys) {
  nlohmann::json list = nlohmann::json::array();
  for (const TestKey* key : keys) list.push_back(key->Public());
  return nlohmann::json{{"keys", list}}.dump();
}

IssuerOptions TestIssuer() { return {"https://issuer.example", "winnow", "roles", ""}; }

nlohmann::json TestClaims(absl::string_view name, absl::string_view role, absl::Time now) {
  const IssuerOptions issuer = TestIssuer();
  return {{"iss", issuer.issuer},
          {"aud", issuer.audience},
          {"exp", absl::ToUnixSeconds(now + absl::Minutes(5))},
          {"sub", absl::StrCat("id-of-", name)},
          {"preferred_username", std::string(name)},
          {"roles", {std::string(role)}}};
}

}  // namespace winnow::oidc

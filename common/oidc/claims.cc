#include "common/oidc/claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace winnow::oidc {
namespace {

using Json = nlohmann::json;

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::UnauthenticatedError(message), reason);
}

// Enough of a claim to recognise it by.
std::string Quote(const Json& claim) {
  const std::string text = claim.is_string() ? claim.get<std::string>() : claim.dump();
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, 200)), "'");
}

// Null when it is not there.
const Json* Find(const Json& claims, const std::string& name) {
  const auto found = claims.find(name);
  return found == claims.end() ? nullptr : &*found;
}

// The texts of a claim that is one or a list of them.
std::vector<std::string> TextsOf(const Json* claim) {
  if (claim == nullptr) return {};
  if (claim->is_string()) return {claim->get<std::string>()};
  std::vector<std::string> texts;
  if (!claim->is_array()) return texts;
  for (const Json& item : *claim)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

// Names of claims may have dots themselves ("https://example.com/roles"), so that each dot may be
// part of a name or end one.
const Json* FindAlong(const Json& claims, const std::string& path) {
  if (!claims.is_object()) return nullptr;
  if (const Json* whole = Find(claims, path)) return whole;
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    const Json* inner = Find(claims, path.substr(0, dot));
    const Json* found = inner == nullptr ? nullptr : FindAlong(*inner, path.substr(dot + 1));
    if (found != nullptr) return found;
  }
  return nullptr;
}

// A NumericDate, which may have a fraction. REQUIRES: the claim is a number.
absl::Time TimeOf(const Json& claim) {
  return absl::UnixEpoch() + absl::Seconds(claim.get<double>());
}

absl::Status CheckTimes(const Json& claims, absl::Time now) {
  const Json* end = Find(claims, "exp");
  if (end == nullptr || !end->is_number())
    return Refuse("INVALID_TOKEN", "the token does not tell when it expires (exp)");
  if (now >= TimeOf(*end) + kLeeway) {
    return Refuse("TOKEN_EXPIRED", absl::StrCat("the token has expired at ",
                                                absl::FormatTime(absl::RFC3339_sec, TimeOf(*end),
                                                                 absl::UTCTimeZone()),
                                                ": sign in again for a new one"));
  }
  const Json* begin = Find(claims, "nbf");
  if (begin == nullptr) return absl::OkStatus();
  if (!begin->is_number())
    return Refuse("INVALID_TOKEN", "the token does not tell from when on it is valid (nbf)");
  if (now < TimeOf(*begin) - kLeeway) {
    return Refuse("TOKEN_NOT_YET_VALID",
                  "the token is not valid yet: do the clocks of the issuer and of the server "
                  "differ?");
  }
  return absl::OkStatus();
}

std::string NameOf(const Json& claims) {
  const auto text_of = [&](const char* name) {
    const Json* claim = Find(claims, name);
    return claim != nullptr && claim->is_string() ? claim->get<std::string>() : "";
  };
  if (std::string name = text_of("preferred_username"); !name.empty()) return name;
  const Json* verified = Find(claims, "email_verified");
  if (verified == nullptr || *verified != Json(false)) {
    if (std::string email = text_of("email"); !email.empty()) return email;
  }
  return text_of("sub");
}

}  // namespace

absl::Status CheckClaims(const Json& claims, const IssuerOptions& options, absl::Time now) {
  if (!claims.is_object()) return Refuse("INVALID_TOKEN", "the token has no claims");
  const Json* issuer = Find(claims, "iss");
  if (issuer == nullptr) return Refuse("INVALID_TOKEN", "the token names no issuer (iss)");
  if (*issuer != Json(options.issuer)) {
    return Refuse("WRONG_ISSUER",
                  absl::StrCat("the token is of the issuer ", Quote(*issuer),
                               ", and accepted are those of '", options.issuer, "'"));
  }
  const Json* audience = Find(claims, "aud");
  if (audience == nullptr) return Refuse("INVALID_TOKEN", "the token names no audience (aud)");
  const std::vector<std::string> audiences = TextsOf(audience);
  if (std::find(audiences.begin(), audiences.end(), options.audience) == audiences.end()) {
    return Refuse("WRONG_AUDIENCE", absl::StrCat("the token is for ", Quote(*audience),
                                                 ", and not for '", options.audience, "'"));
  }
  return CheckTimes(claims, now);
}

absl::StatusOr<Identity> ReadIdentity(const Json& claims, const IssuerOptions& options) {
  Identity identity;
  identity.name = NameOf(claims);
  if (const absl::Status valid = ValidatePerson(identity.name); !valid.ok()) {
    return Refuse("INVALID_TOKEN",
                  absl::StrCat("the token does not tell a name (preferred_username, email or "
                               "sub): ",
                               valid.message()));
  }
  identity.roles = TextsOf(FindAlong(claims, options.role_claim));
  identity.end = TimeOf(claims.at("exp")) + kLeeway;
  return identity;
}

}  // namespace winnow::oidc

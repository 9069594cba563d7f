#include "common/oidc/key_source.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/oidc/fetch.h"

namespace winnow::oidc {
namespace {

// The address of the keys, by the issuer's own word.
absl::StatusOr<std::string> Discover(const std::string& issuer, const std::stop_token& stop) {
  const std::string address =
      absl::StrCat(absl::StripSuffix(issuer, "/"), "/.well-known/openid-configuration");
  WINNOW_ASSIGN_OR_RETURN(const std::string json, Fetch(address, stop));
  const auto root = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  const auto has_text = [&](const char* name) {
    return root.is_object() && root.contains(name) && root[name].is_string();
  };
  if (!has_text("issuer") || !has_text("jwks_uri"))
    return absl::DataLossError(absl::StrCat(address, ": names no issuer and jwks_uri"));
  // Section 4.3: they must be identical, or tokens and keys are of different issuers.
  if (root["issuer"] != issuer) {
    return absl::DataLossError(absl::StrCat(address, ": is of the issuer ", root["issuer"].dump(),
                                            ", and not of '", issuer, "'"));
  }
  return root["jwks_uri"].get<std::string>();
}

}  // namespace

KeySource KeySourceOf(const IssuerOptions& options) {
  const std::string& keys = options.keys;
  if (!keys.empty() && !IsAddress(keys)) {
    return {[keys](const std::stop_token&) -> absl::StatusOr<std::string> {
              absl::StatusOr<std::string> content = ReadFile(keys);
              if (content.ok()) return content;
              return WithMessage(content.status(),
                                 absl::StrCat(keys, ": ", content.status().message()));
            },
            absl::Seconds(1), absl::Seconds(1)};
  }
  return {
      [keys, issuer = options.issuer](const std::stop_token& stop) -> absl::StatusOr<std::string> {
        if (!keys.empty()) return Fetch(keys, stop);
        WINNOW_ASSIGN_OR_RETURN(const std::string address, Discover(issuer, stop));
        return Fetch(address, stop);
      },
      absl::Minutes(5), absl::Seconds(10)};
}

}  // namespace winnow::oidc

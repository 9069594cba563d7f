#include "services/gateway/same_origin.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace winnow::gateway {

bool IsOurHost(absl::string_view host, const HostNames& ours) {
  // In brackets there is an address of IPv6, and in numbers alone one of IPv4.
  if (ours.any || absl::StartsWith(host, "[")) return true;
  host = host.substr(0, host.find(':'));
  const bool is_address = std::all_of(host.begin(), host.end(),
                                      [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
  return is_address || absl::EqualsIgnoreCase(host, "localhost") ||
         std::any_of(ours.names.begin(), ours.names.end(),
                     [&](const std::string& name) { return absl::EqualsIgnoreCase(host, name); });
}

bool IsSameOrigin(const http::Request& request) {
  if (request.Header("sec-fetch-site") == "same-origin") return true;
  absl::string_view origin = request.Header("origin");
  const bool has_scheme =
      absl::ConsumePrefix(&origin, "https://") || absl::ConsumePrefix(&origin, "http://");
  return has_scheme && absl::EqualsIgnoreCase(origin, request.Header("host"));
}

}  // namespace winnow::gateway

// Whether a request comes from our own pages.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/gateway/http/message.h"

namespace winnow::gateway {

// The names under which a gateway is known.
struct HostNames {
  // Without port.
  std::vector<std::string> names;
  // Others are ours, too. Not for a gateway that only this machine reaches: a page of anybody could
  // make a name of theirs lead to it, and would then be of our own origin.
  bool any = false;
};

// Whether the Host of a request is ours: an IP address, localhost, or one of the names.
bool IsOurHost(absl::string_view host, const HostNames& ours);

// Whether a browser says that a page of ours sent the request: an Origin with our Host, or
// Sec-Fetch-Site: same-origin (https://www.w3.org/TR/fetch-metadata).
bool IsSameOrigin(const http::Request& request);

}  // namespace winnow::gateway

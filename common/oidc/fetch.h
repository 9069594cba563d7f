// What stands at an address (HTTP), in bounds.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace winnow::oidc {

struct FetchLimits {
  size_t max_bytes = size_t{1} << 20;
  // From the first packet to the last one.
  absl::Duration timeout = absl::Seconds(5);
};

// OK for https://, and for http:// where the host is this machine by its name (localhost, 127.*.*.*
// or [::1]; nothing is resolved). InvalidArgument otherwise: who is between could exchange the
// keys.
absl::Status CheckAddress(const std::string& address);

// The body of a reply with the code 200. No redirection is followed. Errors of CheckAddress;
// Unavailable, with the reason, for any other reply or none, one that is too large or too slow, or
// when `stop` is requested, within a second. Thread-safe; the caller waits.
absl::StatusOr<std::string> Fetch(const std::string& address, const std::stop_token& stop = {},
                                  const FetchLimits& limits = {});

}  // namespace winnow::oidc

// The check of the address that `winnow serve` is to listen on.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace winnow::cli {

// OK, or InvalidArgument for anything but HOST:PORT or unix:PATH, and for a port that clients are
// given by the system (above 32767).
absl::Status CheckAddressForm(const std::string& listen);

}  // namespace winnow::cli

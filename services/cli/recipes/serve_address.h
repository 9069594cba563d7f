// The check of the address that `winnow serve` is to listen on.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace winnow::cli {

// OK, or InvalidArgument for anything but HOST:PORT or unix:PATH, and for a port that clients are
// given by the system (above 32767).
absl::Status CheckAddressForm(const std::string& listen);

// Where browsers are served, unless somebody says so.
inline constexpr char kWebHost[] = "127.0.0.1";
inline constexpr int kWebPort = 7708;

// What --web asks for: HOST:PORT as above; empty for "none". Without it ("") the default; a free
// port where `listen` has one, as several of these servers may run.
absl::StatusOr<std::string> WebAddressOf(const std::string& web, const std::string& listen);

}  // namespace winnow::cli

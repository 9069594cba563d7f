// The check of the address that `winnow serve` is to listen on.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace winnow::cli {

// OK, or InvalidArgument for anything but HOST:PORT, for a port that clients are given by the
// system (above 32767), and (rpc::CheckListenAddress) for an address that other machines can reach
// unless `insecure`.
absl::Status CheckAddress(const std::string& listen, bool insecure);

}  // namespace winnow::cli

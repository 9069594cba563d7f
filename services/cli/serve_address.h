// Where `winnow serve` may listen.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace winnow::cli {

// OK, or InvalidArgument for what is not HOST:PORT, for a port that clients are given by the system
// (above 32767), and (rpc::CheckListenAddress) for an address that other machines can reach unless
// `insecure`.
absl::Status CheckAddress(const std::string& listen, bool insecure);

}  // namespace winnow::cli

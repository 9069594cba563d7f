// Which command mends an error. Services say only what is wrong, because their other clients have
// no such commands.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace winnow::cli {

// A sentence for people, by the error's reason; empty when no command mends it.
std::string HintOf(const absl::Status& status);

}  // namespace winnow::cli

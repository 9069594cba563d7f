// Asking before something is removed for good.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// "--yes": do not ask.
OptionSpec YesOption();

// OK with --yes, or when the person says yes. `what`: "dataset d with 7 answers". Cancelled when
// the person does not; InvalidArgument where nobody can be asked.
absl::Status ConfirmRemoval(const std::string& what, const Invocation& invocation,
                            Environment& environment);

}  // namespace winnow::cli

// Options of Prodigy that are not ours, and what to do instead.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/cli/shell/options.h"

namespace winnow::cli {

// Of the recipe of that name.
std::vector<ForeignOption> ProdigyOptions(absl::string_view recipe);

}  // namespace winnow::cli

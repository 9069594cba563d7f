// Labels on a command line.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace winnow::cli {

// The labels that `value` means: a JSON list (["a, b", "c"]); the name of a file here, with '.'
// or '/' in it, that holds a JSON list or one label a line; else labels separated by commas, blanks
// around them dropped. Only the first two can have a comma in a label. InvalidArgument, for people,
// when there is no label, or one with blanks at its ends.
absl::StatusOr<std::vector<std::string>> ReadLabels(const std::string& value);

}  // namespace winnow::cli

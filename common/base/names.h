// Names that people give to data sets, sources, queues and models: which are allowed, and which was
// meant.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace winnow {

inline constexpr size_t kMaxNameBytes = 128;

// OK, or InvalidArgument with what is wrong. A name has 1 to kMaxNameBytes characters of A-Z a-z
// 0-9 . _ - and starts with a letter, a digit or '_', so it is also a safe file name and never
// looks like an option. `what` is what is named: "dataset".
absl::Status ValidateName(absl::string_view what, absl::string_view name);

// The same of a person who annotates: 1 to kMaxNameBytes bytes without control characters, so that
// mail addresses and names in any script are allowed.
absl::Status ValidatePerson(absl::string_view name);

// The same of a label: 1 to kMaxLabelBytes bytes without control characters.
inline constexpr size_t kMaxLabelBytes = 256;
absl::Status ValidateLabel(absl::string_view label);

// The candidates a person may have meant, nearest first (then by bytes), at most `limit`. Near is
// an edit distance (insert, delete, replace, swap of neighbours; ASCII case ignored) of at most one
// third of the name's length plus one.
std::vector<std::string> NearestNames(absl::string_view name,
                                      const std::vector<std::string>& candidates, size_t limit = 3);

// NearestNames as a sentence to append to an error: " Did you mean \"a\" or \"b\"?"; empty when
// none is near.
std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates);

}  // namespace winnow

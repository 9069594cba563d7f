// Characters as readers count them.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace winnow::text {

// The end of the extended grapheme cluster (UAX 29) that begins at `position`. Ill-formed bytes
// count as U+FFFD. REQUIRES: position < text.size().
size_t GraphemeEnd(absl::string_view text, size_t position);

}  // namespace winnow::text

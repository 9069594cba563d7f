// Unicode's normalization: one string for texts that differ only in how their characters are coded.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace winnow::text {

enum class Decomposition {
  kCanonical,            // of form D
  kCompatibilityFolded,  // of form KD, with full case folding
};

// The characters of `text` decomposed, each by itself: marks are not in canonical order yet.
// Ill-formed bytes become U+FFFD.
std::vector<char32_t> Decompose(absl::string_view text, Decomposition decomposition);

// Puts marks in canonical order and composes: with Decompose before, form C or KC. Takes time
// O(n log n) for any number of marks.
std::string Compose(std::vector<char32_t> decomposed);

// `text` in form C: itself where it is so already, else a view into `buffer`. Ill-formed text is
// left as it is.
absl::string_view ToNfc(absl::string_view text, std::string& buffer);

}  // namespace winnow::text

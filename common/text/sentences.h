// Sentences as views into a text, for showing a span with its surroundings.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace winnow::text {

// [start, end) in code points.
struct View {
  uint32_t start = 0;
  uint32_t end = 0;
  friend bool operator==(const View&, const View&) = default;
};

// The shortest run of whole sentences that contains [start, end) (code points), without white space
// at its ends. A sentence ends
// * at a line break;
// * behind . ! ? … with the closing quotes and brackets that follow, where white space comes next
//   and what follows it is not a lower-case letter;
// * behind the full stops of scripts without spaces (。 ！ ？ ។ ။ and the like) with what closes,
//   whatever comes next, and behind ! ? ． where a letter of such a script does.
// Thai and Lao have no mark at the end of a sentence. REQUIRES: `text` is valid UTF-8, start < end
// <= its code points.
View SentencesAround(absl::string_view text, uint32_t start, uint32_t end);

}  // namespace winnow::text

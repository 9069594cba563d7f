#include "common/text/graphemes.h"

#include <utf8proc.h>

#include "common/text/utf8.h"

namespace winnow::text {

size_t GraphemeEnd(absl::string_view text, size_t position) {
  utf8proc_int32_t state = 0;
  auto before = static_cast<utf8proc_int32_t>(DecodeUtf8(text, position));
  while (position < text.size()) {
    size_t next = position;
    const auto c = static_cast<utf8proc_int32_t>(DecodeUtf8(text, next));
    if (utf8proc_grapheme_break_stateful(before, c, &state)) break;
    before = c;
    position = next;
  }
  return position;
}

}  // namespace winnow::text

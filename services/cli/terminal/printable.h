// Text that comes from data, made fit for a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/text/utf8.h"

namespace winnow::cli {

// Control characters, which could drive the terminal, become U+FFFD; line breaks become a
// blank-framed U+21B5 (a return arrow) and tabs a blank.
std::string Printable(absl::string_view text);

// Appends one code point of a text, whose UTF-8 is `bytes`, as Printable would.
void AppendPrintable(char32_t code_point, absl::string_view bytes, std::string& out);

// Calls `visit(index, code_point, bytes)` for each code point.
template <typename Visit>
void ForEachCodePoint(absl::string_view text, Visit visit) {
  size_t position = 0;
  for (uint32_t index = 0; position < text.size(); ++index) {
    const size_t begin = position;
    const char32_t code_point = text::DecodeUtf8(text, position);
    visit(index, code_point, text.substr(begin, position - begin));
  }
}

}  // namespace winnow::cli

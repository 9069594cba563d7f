#include "services/cli/terminal/printable.h"

#include "absl/strings/str_cat.h"
#include "common/text/letters.h"

namespace winnow::cli {

std::string Printable(absl::string_view text) {
  std::string out;
  ForEachCodePoint(text, [&](uint32_t, char32_t code_point, absl::string_view bytes) {
    AppendPrintable(code_point, bytes, out);
  });
  return out;
}

void AppendPrintable(char32_t code_point, absl::string_view bytes, std::string& out) {
  if (code_point == '\n') {
    out += " \u21b5 ";
  } else if (code_point == '\t') {
    out += ' ';
  } else if (const text::Category category = text::CategoryOf(code_point);
             category == text::Category::kControl || category == text::Category::kUnassigned) {
    out += "\ufffd";
  } else if ((code_point >= 0x202a && code_point <= 0x202e) ||
             (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xfffd) {
    // Direction marks would show a text in another order than it is stored in; U+FFFD stands for
    // ill-formed bytes too.
    out += "\ufffd";
  } else {
    absl::StrAppend(&out, bytes);
  }
}

}  // namespace winnow::cli

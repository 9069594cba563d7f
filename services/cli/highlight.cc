#include "services/cli/highlight.h"

#include <utf8proc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/utf8.h"

namespace winnow::cli {
namespace {

constexpr absl::string_view kInverse = "\x1b[7m";
constexpr absl::string_view kReset = "\x1b[0m";

void AppendPrintable(char32_t code_point, absl::string_view bytes, std::string& out) {
  if (code_point == '\n') {
    out += " \u21b5 ";
  } else if (code_point == '\t') {
    out += ' ';
  } else if (const utf8proc_category_t category =
                 utf8proc_category(static_cast<utf8proc_int32_t>(code_point));
             category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CN) {
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

// Writes a text with marks at span boundaries.
class Highlighter {
 public:
  Highlighter(const std::vector<common::v1::Span>& spans, bool colour)
      : spans_(spans), colour_(colour) {}

  // What stands before code point `index`: spans that end there, then spans that begin there.
  void Boundary(uint32_t index, std::string& out) {
    for (const common::v1::Span& span : spans_) {
      if (span.end() == index && span.start() < index) Close(span, out);
    }
    for (const common::v1::Span& span : spans_) {
      if (span.start() == index && span.end() > index) Open(out);
    }
  }

  // What stands after the last code point, `length`: spans that are still open.
  void End(uint32_t length, std::string& out) {
    for (const common::v1::Span& span : spans_) {
      if (span.end() >= length && span.start() < length) Close(span, out);
    }
  }

 private:
  void Open(std::string& out) {
    ++depth_;
    absl::StrAppend(&out, colour_ ? kInverse : "[");
  }

  void Close(const common::v1::Span& span, std::string& out) {
    --depth_;
    if (colour_) {
      absl::StrAppend(&out, kReset, Dim(absl::StrCat(" ", Printable(span.label())), true),
                      depth_ > 0 ? kInverse : "");
    } else {
      absl::StrAppend(&out, "|", Printable(span.label()), "]");
    }
  }

  const std::vector<common::v1::Span>& spans_;
  const bool colour_;
  int depth_ = 0;
};

}  // namespace

std::string Printable(absl::string_view text) {
  std::string out;
  ForEachCodePoint(text, [&](uint32_t, char32_t code_point, absl::string_view bytes) {
    AppendPrintable(code_point, bytes, out);
  });
  return out;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  ForEachCodePoint(text, [&](uint32_t, char32_t code_point, absl::string_view) {
    width += static_cast<size_t>(
        std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point))));
  });
  return width;
}

std::string SpanText(absl::string_view text, uint32_t start, uint32_t end) {
  std::string out;
  ForEachCodePoint(text, [&](uint32_t index, char32_t, absl::string_view bytes) {
    if (index >= start && index < end) absl::StrAppend(&out, bytes);
  });
  return out;
}

std::string Highlight(absl::string_view text, const std::vector<common::v1::Span>& spans,
                      bool colour) {
  Highlighter highlighter(spans, colour);
  std::string out;
  uint32_t length = 0;
  ForEachCodePoint(text, [&](uint32_t index, char32_t code_point, absl::string_view bytes) {
    highlighter.Boundary(index, out);
    AppendPrintable(code_point, bytes, out);
    length = index + 1;
  });
  highlighter.End(length, out);
  return out;
}

std::string Dim(absl::string_view text, bool colour) {
  return colour ? absl::StrCat("\x1b[2m", text, kReset) : std::string(text);
}

}  // namespace winnow::cli

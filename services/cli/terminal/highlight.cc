#include "services/cli/terminal/highlight.h"

#include "absl/strings/str_cat.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

constexpr absl::string_view kInverse = "\x1b[7m";
constexpr absl::string_view kReset = "\x1b[0m";
constexpr absl::string_view kUnderline = "\x1b[4m";
constexpr absl::string_view kNoUnderline = "\x1b[24m";

// Writes a text with marks at span boundaries.
class Highlighter {
 public:
  Highlighter(const std::vector<common::v1::Span>& spans, bool colour, Range selection)
      : spans_(spans), colour_(colour), selection_(selection) {}

  // Writes the marks before code point `index`: what ends there, then what begins there.
  void Boundary(uint32_t index, std::string& out) {
    if (selecting_ && index == selection_.end) Deselect(out);
    for (const common::v1::Span& span : spans_) {
      if (span.end() == index && span.start() < index) Close(span, out);
    }
    for (const common::v1::Span& span : spans_) {
      if (span.start() == index && span.end() > index) Open(out);
    }
    if (index == selection_.start && index < selection_.end) Select(out);
  }

  // Writes the marks after the last code point, `length`: spans that are still open.
  void End(uint32_t length, std::string& out) {
    if (selecting_) Deselect(out);
    for (const common::v1::Span& span : spans_) {
      if (span.end() >= length && span.start() < length) Close(span, out);
    }
  }

 private:
  void Select(std::string& out) {
    selecting_ = true;
    absl::StrAppend(&out, colour_ ? kUnderline : "»");
  }

  void Deselect(std::string& out) {
    selecting_ = false;
    absl::StrAppend(&out, colour_ ? kNoUnderline : "«");
  }

  void Open(std::string& out) {
    ++depth_;
    absl::StrAppend(&out, colour_ ? kInverse : "[");
  }

  void Close(const common::v1::Span& span, std::string& out) {
    --depth_;
    if (colour_) {
      absl::StrAppend(&out, kReset, Dim(absl::StrCat(" ", Printable(span.label())), true),
                      depth_ > 0 ? kInverse : "", selecting_ ? kUnderline : "");
    } else {
      absl::StrAppend(&out, "|", Printable(span.label()), "]");
    }
  }

  const std::vector<common::v1::Span>& spans_;
  const bool colour_;
  const Range selection_;
  int depth_ = 0;
  bool selecting_ = false;
};

}  // namespace

std::string Highlight(absl::string_view text, const std::vector<common::v1::Span>& spans,
                      bool colour, Range selection) {
  Highlighter highlighter(spans, colour, selection);
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

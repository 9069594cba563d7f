#include "services/cli/terminal/highlight.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

constexpr absl::string_view kInverse = "\x1b[7m";
constexpr absl::string_view kReset = "\x1b[0m";
constexpr absl::string_view kUnderline = "\x1b[4m";
constexpr absl::string_view kNoUnderline = "\x1b[24m";

// A span, and how it is made visible.
struct Mark {
  uint32_t start;
  uint32_t end;
  // Printable.
  std::string label;
  absl::string_view style;
};

// Writes a text with marks at span boundaries.
class Highlighter {
 public:
  Highlighter(std::vector<Mark> marks, bool colour, Range selection)
      : marks_(std::move(marks)), colour_(colour), selection_(selection) {}

  std::string Write(absl::string_view text) {
    std::string out;
    uint32_t length = 0;
    ForEachCodePoint(text, [&](uint32_t index, char32_t code_point, absl::string_view bytes) {
      Boundary(index, out);
      AppendPrintable(code_point, bytes, out);
      length = index + 1;
    });
    End(length, out);
    return out;
  }

 private:
  // Writes the marks before code point `index`: what ends there, then what begins there.
  void Boundary(uint32_t index, std::string& out) {
    if (selecting_ && index == selection_.end) Deselect(out);
    for (const Mark& mark : marks_) {
      if (mark.end == index && mark.start < index) Close(mark, out);
    }
    for (const Mark& mark : marks_) {
      if (mark.start == index && mark.end > index) Open(mark, out);
    }
    if (index == selection_.start && index < selection_.end) Select(out);
  }

  // Writes the marks after the last code point, `length`: spans that are still open.
  void End(uint32_t length, std::string& out) {
    if (selecting_) Deselect(out);
    for (const Mark& mark : marks_) {
      if (mark.end >= length && mark.start < length) Close(mark, out);
    }
  }

  void Select(std::string& out) {
    selecting_ = true;
    absl::StrAppend(&out, colour_ ? kUnderline : "»");
  }

  void Deselect(std::string& out) {
    selecting_ = false;
    absl::StrAppend(&out, colour_ ? kNoUnderline : "«");
  }

  void Open(const Mark& mark, std::string& out) {
    open_.push_back(mark.style);
    absl::StrAppend(&out, colour_ ? mark.style : "[");
  }

  void Close(const Mark& mark, std::string& out) {
    open_.erase(std::find(open_.begin(), open_.end(), mark.style));
    if (colour_) {
      absl::StrAppend(&out, kReset, Dim(absl::StrCat(" ", mark.label), true),
                      open_.empty() ? "" : open_.back(), selecting_ ? kUnderline : "");
    } else {
      absl::StrAppend(&out, "|", mark.label, "]");
    }
  }

  const std::vector<Mark> marks_;
  const bool colour_;
  const Range selection_;
  // Styles of the marks that are open; the last one shows.
  std::vector<absl::string_view> open_;
  bool selecting_ = false;
};

}  // namespace

std::string Highlight(absl::string_view text, const std::vector<common::v1::Span>& spans,
                      bool colour, Range selection) {
  std::vector<Mark> marks;
  for (const common::v1::Span& span : spans)
    marks.push_back({span.start(), span.end(), Printable(span.label()), kInverse});
  return Highlighter(std::move(marks), colour, selection).Write(text);
}

std::string HighlightJudged(
    absl::string_view text,
    const google::protobuf::RepeatedPtrField<annotation::v1::SpanJudgement>& judgements,
    bool colour) {
  std::vector<Mark> marks;
  for (const annotation::v1::SpanJudgement& judgement : judgements) {
    const common::v1::Span& span = judgement.span();
    std::string label = Printable(span.label());
    if (!colour) absl::StrAppend(&label, ": ", VerdictName(judgement.verdict()));
    marks.push_back({span.start(), span.end(), std::move(label), InverseOf(judgement.verdict())});
  }
  return Highlighter(std::move(marks), colour, {}).Write(text);
}

std::string Dim(absl::string_view text, bool colour) {
  return colour ? absl::StrCat("\x1b[2m", text, kReset) : std::string(text);
}

}  // namespace winnow::cli

#include "common/text/spans.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace winnow::text {

storage::v1::Span MakeSpan(uint32_t start, uint32_t end, absl::string_view label) {
  storage::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label.data(), label.size());
  return span;
}

absl::string_view SpanText(absl::string_view text, const OffsetMap& offsets, uint32_t start,
                           uint32_t end) {
  const uint32_t size = offsets.num_code_points();
  // Within the text every code point has a byte.
  const uint32_t begin_byte = offsets.CodePointToByte(std::min(start, size)).value();
  const uint32_t end_byte = offsets.CodePointToByte(std::min(end, size)).value();
  return text.substr(begin_byte, std::max(begin_byte, end_byte) - begin_byte);
}

absl::string_view SpanText(absl::string_view text, const OffsetMap& offsets,
                           const storage::v1::Span& span) {
  return SpanText(text, offsets, span.start(), span.end());
}

std::string DescribeSpan(absl::string_view text, const storage::v1::Span& span) {
  constexpr uint32_t kMaxShown = 60;
  const OffsetMap offsets(text);
  return absl::StrCat("\"", SpanText(text, offsets, span), "\" [", span.start(), ", ", span.end(),
                      ") ", span.label(), " in \"", SpanText(text, offsets, 0, kMaxShown),
                      offsets.num_code_points() > kMaxShown ? "..." : "", "\"");
}

}  // namespace winnow::text

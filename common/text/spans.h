// Spans of a text: their order, when they overlap, and the text that they mark.
//
// The functions that compare are templates, so that they serve storage::v1::Span and the API's span
// alike: any message with start(), end() (code points, half-open) and label().
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>

#include "absl/strings/string_view.h"
#include "common/text/utf8.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::text {

storage::v1::Span MakeSpan(uint32_t start, uint32_t end, absl::string_view label);

// A span as it is compared: by start, then end, then label. Refers to the label of `span`.
template <typename Span>
std::tuple<uint32_t, uint32_t, const std::string&> SpanKey(const Span& span) {
  return {span.start(), span.end(), span.label()};
}

// Same place and same label.
template <typename Span>
bool SameSpan(const Span& a, const Span& b) {
  return SpanKey(a) == SpanKey(b);
}

// The same spans in the same order.
template <typename Spans>
bool SameSpans(const Spans& a, const Spans& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return SameSpan(x, y); });
}

// The order of SpanKey, for sorting, sets and maps.
struct SpanLess {
  template <typename Span>
  bool operator()(const Span& a, const Span& b) const {
    return SpanKey(a) < SpanKey(b);
  }
};

// They share a character, whatever their labels.
template <typename Span>
bool Overlaps(const Span& a, const Span& b) {
  return a.start() < b.end() && b.start() < a.end();
}

// The code points [start, end) of `text`, less where it ends before: a view into it. `offsets` is
// the map of `text`, made once for all its spans.
absl::string_view SpanText(absl::string_view text, const OffsetMap& offsets, uint32_t start,
                           uint32_t end);
absl::string_view SpanText(absl::string_view text, const OffsetMap& offsets,
                           const storage::v1::Span& span);

// A span for people to find: "Nurse" [5, 10) job in "Head Nurse wanted", of a long text the
// beginning.
std::string DescribeSpan(absl::string_view text, const storage::v1::Span& span);

}  // namespace winnow::text

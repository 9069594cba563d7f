// What the offsets of a file's spans count, and how to find out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/text/utf8.h"

namespace winnow::formats {

// Half-open, except for kInclusive.
enum class Offsets {
  kCodePoints,
  // As browsers, Java and C# count.
  kUtf16,
  // Of UTF-8.
  kBytes,
  // Code points, and the end is that of the last character.
  kInclusive,
};

using OffsetPair = std::pair<uint32_t, uint32_t>;

// [start, end) in code points. Nothing when an end lies inside a character or beyond the text.
std::optional<OffsetPair> ToCodePoints(Offsets offsets, uint64_t start, uint64_t end,
                                       const text::OffsetMap& map);

// The same but for white space: how much there is and of which kind, and at the ends.
bool SameWords(absl::string_view a, absl::string_view b);

// Compares what the spans of a file cut out of their texts with the texts that they carry
// themselves, counted in every way. Not thread-safe.
class OffsetDiagnosis {
 public:
  // One span: [start, end) as written, and its own text.
  void Add(absl::string_view text, const text::OffsetMap& map, uint64_t start, uint64_t end,
           absl::string_view own_text);

  // What is wrong with reading them as `offsets`, if another way of counting explains all spans;
  // otherwise empty.
  std::string Explain(Offsets offsets) const;

 private:
  static constexpr size_t kNumWays = 8;

  uint64_t num_spans_ = 0;
  // Spans that each way explains.
  uint64_t num_fit_[kNumWays] = {};
};

}  // namespace winnow::formats

#include "common/formats/offsets.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "common/text/spans.h"

namespace winnow::formats {
namespace {

using text::OffsetMap;

// The code point before which `offset` lies if `extra` more are counted for each line break.
std::optional<uint32_t> AcrossLineBreaks(absl::string_view text, uint64_t offset, int extra) {
  int64_t counted = 0;
  uint32_t position = 0;
  for (size_t byte = 0; byte < text.size() && counted < static_cast<int64_t>(offset); ++position) {
    const bool line_break = text[byte] == '\n';
    counted += line_break ? 1 + extra : 1;
    text::DecodeUtf8(text, byte);
  }
  if (counted != static_cast<int64_t>(offset)) return std::nullopt;
  return position;
}

struct Shift {
  Offsets offsets = Offsets::kCodePoints;
  int start = 0, end = 0;
  int per_line_break = 0;
  const char* what;
  const char* remedy;
};

// In the order in which they are believed; the first is what is asked for.
constexpr std::array<Shift, 8> kShifts = {{
    {.what = "code points", .remedy = "read them as code points"},
    {.offsets = Offsets::kUtf16, .what = "UTF-16 units", .remedy = "read them as utf16"},
    {.offsets = Offsets::kBytes, .what = "bytes", .remedy = "read them as bytes"},
    {.offsets = Offsets::kInclusive,
     .what = "the last character instead of the one behind it",
     .remedy = "read them as inclusive"},
    {.start = -1, .end = -1, .what = "from 1", .remedy = "subtract 1 from both"},
    {.start = -1, .what = "from 1, to the last character", .remedy = "subtract 1 from the starts"},
    {.per_line_break = 1,
     .what = "CR LF as two, where the texts have LF",
     .remedy = "count the offsets in the texts as they are in the file"},
    {.per_line_break = -1,
     .what = "CR LF as one",
     .remedy = "replace CR LF by LF in the texts, or count both characters"},
}};

std::optional<OffsetPair> Apply(const Shift& shift, absl::string_view text, const OffsetMap& map,
                                uint64_t start, uint64_t end) {
  if (shift.per_line_break != 0) {
    const auto from = AcrossLineBreaks(text, start, shift.per_line_break);
    const auto to = AcrossLineBreaks(text, end, shift.per_line_break);
    if (!from.has_value() || !to.has_value()) return std::nullopt;
    return OffsetPair{*from, *to};
  }
  return ToCodePoints(shift.offsets, start + static_cast<uint64_t>(shift.start),
                      end + static_cast<uint64_t>(shift.end), map);
}

}  // namespace

std::optional<OffsetPair> ToCodePoints(Offsets offsets, uint64_t start, uint64_t end,
                                       const OffsetMap& map) {
  if (offsets == Offsets::kInclusive) ++end;
  if (start > map.num_bytes() || end > map.num_bytes()) return std::nullopt;
  const uint32_t a = static_cast<uint32_t>(start), b = static_cast<uint32_t>(end);
  if (offsets == Offsets::kUtf16 || offsets == Offsets::kBytes) {
    const bool bytes = offsets == Offsets::kBytes;
    const auto from = bytes ? map.ByteToCodePoint(a) : map.Utf16ToCodePoint(a);
    const auto to = bytes ? map.ByteToCodePoint(b) : map.Utf16ToCodePoint(b);
    if (!from.ok() || !to.ok()) return std::nullopt;
    return OffsetPair{*from, *to};
  }
  if (a > map.num_code_points() || b > map.num_code_points()) return std::nullopt;
  return OffsetPair{a, b};
}

bool SameWords(absl::string_view a, absl::string_view b) {
  size_t i = 0, j = 0;
  const auto skip = [](absl::string_view text, size_t& position) {
    const size_t before = position;
    for (size_t next = position; next < text.size(); position = next) {
      if (!text::IsWhiteSpace(text::DecodeUtf8(text, next))) break;
    }
    return position != before;
  };
  skip(a, i);
  skip(b, j);
  while (i < a.size() && j < b.size()) {
    if (a[i++] != b[j++]) return false;
    const bool gap = skip(a, i), other_gap = skip(b, j);
    if (gap != other_gap && i < a.size() && j < b.size()) return false;
  }
  return i == a.size() && j == b.size();
}

void OffsetDiagnosis::Add(absl::string_view text, const OffsetMap& map, uint64_t start,
                          uint64_t end, absl::string_view own_text) {
  static_assert(kShifts.size() == kNumWays);
  ++num_spans_;
  for (size_t way = 0; way < kNumWays; ++way) {
    const auto place = Apply(kShifts[way], text, map, start, end);
    num_fit_[way] += place.has_value() && place->first < place->second &&
                     SameWords(text::SpanText(text, map, place->first, place->second), own_text);
  }
}

std::string OffsetDiagnosis::Explain(Offsets offsets) const {
  uint64_t fit = 0;
  for (size_t way = 0; way < kNumWays; ++way) {
    const Shift& shift = kShifts[way];
    if (shift.offsets == offsets && shift.start == 0 && shift.end == 0 && shift.per_line_break == 0)
      fit = num_fit_[way];
  }
  if (fit == num_spans_) return "";
  for (size_t way = 0; way < kNumWays; ++way) {
    if (num_fit_[way] != num_spans_) continue;
    return absl::StrCat("cut ", fit, " of ", num_spans_,
                        " spans as they say themselves, and all if they count ", kShifts[way].what,
                        ": ", kShifts[way].remedy);
  }
  return "";
}

}  // namespace winnow::formats

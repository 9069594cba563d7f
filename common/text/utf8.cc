#include "common/text/utf8.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace winnow::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

uint8_t ByteAt(absl::string_view bytes, size_t position) {
  return static_cast<uint8_t>(bytes[position]);
}

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Length of the well-formed sequence at `position`, or 0 (Unicode, table 3-7).
size_t SequenceLength(absl::string_view bytes, size_t position) {
  const uint8_t lead = ByteAt(bytes, position);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes.size() - position < length) return 0;
  const uint8_t second = ByteAt(bytes, position + 1);
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (!IsContinuation(ByteAt(bytes, position + i))) return 0;
  }
  return length;
}

// Number of bytes from `position` on that are certainly ASCII, in steps of 8.
size_t AsciiBlock(absl::string_view bytes, size_t position) {
  size_t end = position;
  uint64_t block;
  while (bytes.size() - end >= sizeof(block)) {
    std::memcpy(&block, bytes.data() + end, sizeof(block));
    if (block & 0x8080808080808080ull) break;
    end += sizeof(block);
  }
  return end - position;
}

absl::Status Beyond(absl::string_view unit, uint32_t position, uint32_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat(unit, " ", position, " is beyond the text's ", size));
}

absl::Status Inside(absl::string_view unit, uint32_t position) {
  return absl::InvalidArgumentError(absl::StrCat(unit, " ", position, " is inside a character"));
}

// Index of `position` in the ascending `positions`.
absl::StatusOr<uint32_t> Find(const std::vector<uint32_t>& positions, absl::string_view unit,
                              uint32_t position) {
  const auto it = std::lower_bound(positions.begin(), positions.end(), position);
  if (*it != position) return Inside(unit, position);
  return static_cast<uint32_t>(it - positions.begin());
}

}  // namespace

size_t FindInvalidUtf8(absl::string_view bytes) {
  size_t position = 0;
  while (position < bytes.size()) {
    if (const size_t ascii = AsciiBlock(bytes, position)) {
      position += ascii;
      continue;
    }
    const size_t length = SequenceLength(bytes, position);
    if (length == 0) return position;
    position += length;
  }
  return absl::string_view::npos;
}

size_t NumCodePoints(absl::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return !IsContinuation(static_cast<uint8_t>(c)); });
}

char32_t DecodeUtf8(absl::string_view bytes, size_t& position) {
  const size_t length = SequenceLength(bytes, position);
  const uint8_t lead = ByteAt(bytes, position);
  if (length <= 1) {
    ++position;
    return length == 1 ? lead : kReplacement;
  }
  char32_t code_point = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i)
    code_point = code_point << 6 | (ByteAt(bytes, position + i) & 0x3F);
  position += length;
  return code_point;
}

void AppendUtf8(char32_t c, std::string& bytes) {
  const auto append = [&](char32_t byte) { bytes.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return append(c);
  if (c < 0x800) {
    append(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      append(0xE0 | c >> 12);
    } else {
      append(0xF0 | c >> 18);
      append(0x80 | (c >> 12 & 0x3F));
    }
    append(0x80 | (c >> 6 & 0x3F));
  }
  append(0x80 | (c & 0x3F));
}

std::string ReplaceInvalidUtf8(absl::string_view bytes) {
  std::string valid;
  for (size_t position = 0; position < bytes.size();)
    AppendUtf8(DecodeUtf8(bytes, position), valid);
  return valid;
}

bool IsWhiteSpace(char32_t c) {
  return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

OffsetMap::OffsetMap(absl::string_view text)
    : num_bytes_(static_cast<uint32_t>(text.size())),
      num_code_points_(static_cast<uint32_t>(NumCodePoints(text))) {
  num_utf16_units_ = num_code_points_;
  if (num_code_points_ == num_bytes_) return;
  num_utf16_units_ = 0;
  bytes_.reserve(num_code_points_ + 1);
  utf16_units_.reserve(num_code_points_ + 1);
  for (size_t position = 0; position < text.size();) {
    bytes_.push_back(static_cast<uint32_t>(position));
    utf16_units_.push_back(num_utf16_units_);
    num_utf16_units_ += DecodeUtf8(text, position) > 0xFFFF ? 2 : 1;
  }
  bytes_.push_back(num_bytes_);
  utf16_units_.push_back(num_utf16_units_);
}

absl::StatusOr<uint32_t> OffsetMap::ByteToCodePoint(uint32_t byte) const {
  if (byte > num_bytes_) return Beyond("byte", byte, num_bytes_);
  return bytes_.empty() ? byte : Find(bytes_, "byte", byte);
}

absl::StatusOr<uint32_t> OffsetMap::CodePointToByte(uint32_t code_point) const {
  if (code_point > num_code_points_) return Beyond("character", code_point, num_code_points_);
  return bytes_.empty() ? code_point : bytes_[code_point];
}

absl::StatusOr<uint32_t> OffsetMap::Utf16ToCodePoint(uint32_t unit) const {
  if (unit > num_utf16_units_) return Beyond("UTF-16 unit", unit, num_utf16_units_);
  return utf16_units_.empty() ? unit : Find(utf16_units_, "UTF-16 unit", unit);
}

absl::StatusOr<uint32_t> OffsetMap::CodePointToUtf16(uint32_t code_point) const {
  if (code_point > num_code_points_) return Beyond("character", code_point, num_code_points_);
  return utf16_units_.empty() ? code_point : utf16_units_[code_point];
}

}  // namespace winnow::text

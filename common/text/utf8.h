// UTF-8: validation, decoding, and conversion between the three ways to count positions in a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::text {

// Position of the first byte of the first ill-formed sequence, or npos when `bytes` is well-formed
// UTF-8 (Unicode, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). NUL is
// well-formed.
size_t FindInvalidUtf8(absl::string_view bytes);

// REQUIRES: `text` is valid UTF-8.
size_t NumCodePoints(absl::string_view text);

// The code point that begins at `position`, which advances behind it. Ill-formed bytes yield U+FFFD
// one byte at a time, so that a loop over anything ends. REQUIRES: position < bytes.size().
char32_t DecodeUtf8(absl::string_view bytes, size_t& position);

// REQUIRES: a code point that is no surrogate.
void AppendUtf8(char32_t code_point, std::string& bytes);

// The same bytes with U+FFFD in place of each one that is in no well-formed sequence.
std::string ReplaceInvalidUtf8(absl::string_view bytes);

// Unicode White_Space: a fixed set of 25 characters, from TAB to U+3000. The zero-width space is
// not in it.
bool IsWhiteSpace(char32_t code_point);

// Positions in one text: bytes, code points (what a stored span counts) and UTF-16 units (what a
// browser counts). A position lies before a character or at the end of the text, so each count goes
// from 0 to its size inclusive. Conversions refuse (InvalidArgument) a position beyond the end or
// inside a character. Takes 8 bytes per code point, nothing for an ASCII text. Immutable, hence
// thread-safe; does not refer to the text.
class OffsetMap {
 public:
  // REQUIRES: `text` is valid UTF-8 of less than 2^32 bytes.
  explicit OffsetMap(absl::string_view text);

  uint32_t num_bytes() const { return num_bytes_; }
  uint32_t num_code_points() const { return num_code_points_; }
  uint32_t num_utf16_units() const { return num_utf16_units_; }

  absl::StatusOr<uint32_t> ByteToCodePoint(uint32_t byte) const;
  absl::StatusOr<uint32_t> CodePointToByte(uint32_t code_point) const;
  absl::StatusOr<uint32_t> Utf16ToCodePoint(uint32_t unit) const;
  absl::StatusOr<uint32_t> CodePointToUtf16(uint32_t code_point) const;

 private:
  uint32_t num_bytes_ = 0;
  uint32_t num_code_points_ = 0;
  uint32_t num_utf16_units_ = 0;
  // Indexed by code point, with one more entry for the end; both empty for an ASCII text.
  std::vector<uint32_t> bytes_;
  std::vector<uint32_t> utf16_units_;
};

}  // namespace winnow::text

// Divides a text into the pieces that an encoder has vectors for.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace winnow::encoder {

// A piece and the bytes of the text that it stands for, whole characters. Empty: it stands for
// white space.
struct Piece {
  uint32_t id = 0;
  uint32_t begin_byte = 0;
  uint32_t end_byte = 0;

  bool operator==(const Piece&) const = default;
};

// The piece of the bytes [begin, end) of `text`, without the white space at their ends.
Piece TrimmedPiece(absl::string_view text, uint32_t id, uint32_t begin, uint32_t end);

// The pieces that stand before and behind every text, and for what no other piece does.
struct MarkPieces {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Immutable, hence thread-safe.
class PieceTokenizer {
 public:
  virtual ~PieceTokenizer() = default;

  // Replaces `pieces` by those of `text` in order, without marks; their bytes ascend. Takes time
  // O(n log n). White space at the ends of a piece is not of its bytes. Names of marks in a text
  // ("[CLS]") are text. REQUIRES: `text` is valid UTF-8 of less than 2^32 bytes.
  virtual void Tokenize(absl::string_view text, std::vector<Piece>& pieces) const = 0;

  virtual MarkPieces marks() const = 0;

  // All ids are below.
  virtual uint32_t num_ids() const = 0;
};

}  // namespace winnow::encoder

#include "common/encoder/piece_tokenizer.h"

#include "common/text/utf8.h"

namespace winnow::encoder {

Piece TrimmedPiece(absl::string_view text, uint32_t id, uint32_t begin, uint32_t end) {
  Piece piece{id, end, end};
  for (size_t position = begin; position < end;) {
    const auto first = static_cast<uint32_t>(position);
    if (text::IsWhiteSpace(text::DecodeUtf8(text, position))) continue;
    if (piece.begin_byte == end) piece.begin_byte = first;
    piece.end_byte = static_cast<uint32_t>(position);
  }
  return piece;
}

}  // namespace winnow::encoder

// From texts to the vectors of their tokens.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/encoder/int8_product.h"
#include "common/encoder/packed_encoder.h"
#include "common/encoder/piece_tokenizer.h"
#include "common/text/tokenizer.h"

namespace winnow::encoder {

// A text and its tokens, ascending and without overlap. Refers to both. REQUIRES: valid UTF-8.
struct TextTokens {
  absl::string_view text;
  absl::Span<const text::Token> tokens;
};

// A part of a text's pieces that the encoder sees at once, half-open, and those of them whose
// vectors count.
struct Window {
  size_t begin, end;
  size_t first_counted, last_counted;

  bool operator==(const Window&) const = default;
};

// The windows of a text of this many pieces: one if it has no more than `most`; else each has
// `most` and shares a quarter with the one before, of which each counts the half that is nearer to
// its middle. Every piece counts once. REQUIRES: most >= 4.
std::vector<Window> WindowsOf(size_t num_pieces, size_t most);

// Calls receive(text, token, vector) for each token of each text, in order. A vector is the mean of
// those of the pieces that share a character with the token; without such pieces it is empty. It
// depends on its text alone, and has the same bits on every CPU. Holds in memory 4 bytes for each
// value of each token of the texts that it is at, which are few unless they are long. REQUIRES: the
// tokenizer's ids are below the encoder's vocabulary.
void ComputeTokenVectors(
    const PackedEncoder& encoder, const PieceTokenizer& tokenizer,
    absl::Span<const TextTokens> texts, Instructions instructions,
    absl::FunctionRef<void(size_t text, size_t token, absl::Span<const float> vector)> receive);

}  // namespace winnow::encoder

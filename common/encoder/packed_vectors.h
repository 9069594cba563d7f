// Vectors of a few bits a dimension, as they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace winnow::encoder {

// Of a value z, which is standardised (mean 0, deviation 1):
// * k2: the sign and whether |z| > 0.98, the best quantiser of a normal variable to 4 levels (Max
//   1960, Lloyd 1982), which are -1.510, -0.453, 0.453, 1.510 by code;
// * k4: which of 16 steps of 0.3352 around 0 it lies in (Max 1960), the outer ones without end.
enum class Bits : uint8_t { k2 = 2, k4 = 4 };

// Bytes of a vector. REQUIRES: dimension is a multiple of 4.
constexpr size_t RowBytes(size_t dimension, Bits bits) {
  return dimension * static_cast<size_t>(bits) / 8;
}

// The vectors of a text's tokens, one behind the other: value d of a token is in the bits
// [d * bits % 8, ...) of byte d * bits / 8 of its row.
struct PackedVectors {
  size_t dimension = 0;
  Bits bits = Bits::k2;
  std::vector<uint8_t> bytes;  // [tokens][RowBytes]

  size_t row_bytes() const { return RowBytes(dimension, bits); }
  size_t size() const { return dimension == 0 ? 0 : bytes.size() / row_bytes(); }
  absl::Span<const uint8_t> row(size_t token) const {
    return absl::MakeConstSpan(bytes).subspan(token * row_bytes(), row_bytes());
  }
};

// Writes the codes of `values`; of something that is no number the code of 0 (k2) or -infinity
// (k4). REQUIRES: `row` has RowBytes(values.size(), bits).
void PackRow(absl::Span<const float> values, Bits bits, absl::Span<uint8_t> row);

// Writes the levels that the codes stand for. REQUIRES: the sizes as above.
void UnpackRow(absl::Span<const uint8_t> row, Bits bits, absl::Span<float> values);

}  // namespace winnow::encoder

// Products of matrices of integers, exact, hence the same on every CPU.
//
// Weights have 7 bits and a sign, so that no instruction set's sums of two products of a weight and
// an activation of 8 bits exceed 16 bits (2 * 63 * 255 < 2^15).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace winnow::encoder {

inline constexpr int kMaxWeight = 63;
// A packed matrix has blocks of this many outputs, of each block the inputs four by four: the
// weight of output o and input i is at [o / 16][i / 4][o % 16][i % 4].
inline constexpr size_t kBlockOutputs = 16;

// [outputs][inputs], row by row, as a packed matrix. REQUIRES: outputs is a multiple of 16, inputs
// of 4.
std::vector<int8_t> PackWeights(absl::Span<const int8_t> weights, size_t outputs, size_t inputs);

enum class Instructions { kPortable, kAvx2, kAvx512Vnni };

// The fastest of this CPU, and all that it has.
Instructions BestInstructions();
std::vector<Instructions> SupportedInstructions();

// sums[r][o] = the sum over i of rows[r][i] * weight(o, i), for the outputs of one block, whose
// packed weights `block` points to; sums are [num_rows][16]. REQUIRES: inputs is a multiple of 4
// and at most 2^16, every weight is in [-63, 63], the CPU has the instructions.
void MultiplyBlock(const uint8_t* rows, size_t num_rows, size_t inputs, const int8_t* block,
                   int32_t* sums, Instructions instructions);

}  // namespace winnow::encoder

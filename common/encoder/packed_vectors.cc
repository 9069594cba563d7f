#include "common/encoder/packed_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace winnow::encoder {
namespace {

constexpr float kOuter = 0.98f;
constexpr std::array<float, 4> kLevels = {-0.4528f, -1.5104f, 0.4528f, 1.5104f};
constexpr float kStep = 0.3352f;

unsigned CodeOf(float value, Bits bits) {
  if (bits == Bits::k2) return (value < 0 ? 0u : 2u) | (std::fabs(value) > kOuter ? 1u : 0u);
  const float step = value / kStep + 8;
  return static_cast<unsigned>(step > 0 ? std::min(step, 15.0f) : 0);
}

float LevelOf(unsigned code, Bits bits) {
  return bits == Bits::k2 ? kLevels[code] : (static_cast<float>(code) - 7.5f) * kStep;
}

}  // namespace

void PackRow(absl::Span<const float> values, Bits bits, absl::Span<uint8_t> row) {
  const size_t width = static_cast<size_t>(bits), per_byte = 8 / width;
  for (size_t i = 0; i < row.size(); ++i) {
    unsigned byte = 0;
    for (size_t k = 0; k < per_byte; ++k)
      byte |= CodeOf(values[i * per_byte + k], bits) << k * width;
    row[i] = static_cast<uint8_t>(byte);
  }
}

void UnpackRow(absl::Span<const uint8_t> row, Bits bits, absl::Span<float> values) {
  const size_t width = static_cast<size_t>(bits), per_byte = 8 / width;
  for (size_t i = 0; i < values.size(); ++i) {
    const unsigned byte = row[i / per_byte];
    values[i] = LevelOf(byte >> i % per_byte * width & ((1u << width) - 1), bits);
  }
}

}  // namespace winnow::encoder

#include "common/encoder/int8_product.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace winnow::encoder {
namespace {

constexpr size_t kStep = 4;  // inputs that lie together
constexpr size_t kStepBytes = kStep * kBlockOutputs;

void MultiplyPortable(const uint8_t* rows, size_t num_rows, size_t inputs, const int8_t* block,
                      int32_t* sums) {
  for (size_t r = 0; r < num_rows; ++r) {
    const uint8_t* const row = rows + r * inputs;
    int32_t sum[kBlockOutputs] = {};
    for (size_t i = 0; i < inputs; ++i) {
      const int8_t* const weights = block + i / kStep * kStepBytes + i % kStep;
      for (size_t o = 0; o < kBlockOutputs; ++o) sum[o] += row[i] * weights[o * kStep];
    }
    std::memcpy(sums + r * kBlockOutputs, sum, sizeof sum);
  }
}

#if defined(__x86_64__)

// Four activations of a row, for all outputs of a block.
inline int32_t FourAt(const uint8_t* row, size_t i) {
  int32_t four;
  std::memcpy(&four, row + i, sizeof four);
  return four;
}

template <size_t kRows>
[[gnu::target("avx2")]] void MultiplyAvx2(const uint8_t* rows, size_t inputs, const int8_t* block,
                                          int32_t* sums) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum[kRows][2];
  for (size_t r = 0; r < kRows; ++r) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
  for (size_t i = 0; i < inputs; i += kStep, block += kStepBytes) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block + 32));
#pragma GCC unroll 8
    for (size_t r = 0; r < kRows; ++r) {
      const __m256i four = _mm256_set1_epi32(FourAt(rows + r * inputs, i));
      sum[r][0] =
          _mm256_add_epi32(sum[r][0], _mm256_madd_epi16(_mm256_maddubs_epi16(four, low), ones));
      sum[r][1] =
          _mm256_add_epi32(sum[r][1], _mm256_madd_epi16(_mm256_maddubs_epi16(four, high), ones));
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    int32_t* const to = sums + r * kBlockOutputs;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sum[r][0]);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 8), sum[r][1]);
  }
}

template <size_t kRows>
[[gnu::target("avx512f,avx512vnni")]] void MultiplyVnni(const uint8_t* rows, size_t inputs,
                                                        const int8_t* block, int32_t* sums) {
  __m512i sum[kRows];
  for (size_t r = 0; r < kRows; ++r) sum[r] = _mm512_setzero_si512();
  for (size_t i = 0; i < inputs; i += kStep, block += kStepBytes) {
    const __m512i weights = _mm512_loadu_si512(block);
#pragma GCC unroll 16
    for (size_t r = 0; r < kRows; ++r) {
      const __m512i four = _mm512_set1_epi32(FourAt(rows + r * inputs, i));
      sum[r] = _mm512_dpbusd_epi32(sum[r], four, weights);
    }
  }
  for (size_t r = 0; r < kRows; ++r) _mm512_storeu_si512(sums + r * kBlockOutputs, sum[r]);
}

using Kernel = void (*)(const uint8_t*, size_t, const int8_t*, int32_t*);

// Takes kRows rows at a time while there are so many; what is left is for the next kernel.
template <size_t kRows>
void Advance(Kernel kernel, const uint8_t*& rows, size_t& num_rows, size_t inputs,
             const int8_t* block, int32_t*& sums) {
  for (; num_rows >= kRows; num_rows -= kRows) {
    kernel(rows, inputs, block, sums);
    rows += kRows * inputs;
    sums += kRows * kBlockOutputs;
  }
}

#endif

}  // namespace

std::vector<int8_t> PackWeights(absl::Span<const int8_t> weights, size_t outputs, size_t inputs) {
  std::vector<int8_t> packed(weights.size());
  for (size_t o = 0; o < outputs; ++o) {
    int8_t* const block = packed.data() + o / kBlockOutputs * kBlockOutputs * inputs;
    for (size_t i = 0; i < inputs; ++i) {
      block[i / kStep * kStepBytes + o % kBlockOutputs * kStep + i % kStep] =
          weights[o * inputs + i];
    }
  }
  return packed;
}

std::vector<Instructions> SupportedInstructions() {
  std::vector<Instructions> supported = {Instructions::kPortable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) supported.push_back(Instructions::kAvx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni"))
    supported.push_back(Instructions::kAvx512Vnni);
#endif
  return supported;
}

Instructions BestInstructions() { return SupportedInstructions().back(); }

void MultiplyBlock(const uint8_t* rows, size_t num_rows, size_t inputs, const int8_t* block,
                   int32_t* sums, Instructions instructions) {
#if defined(__x86_64__)
  if (instructions == Instructions::kAvx512Vnni) {
    Advance<12>(&MultiplyVnni<12>, rows, num_rows, inputs, block, sums);
    Advance<4>(&MultiplyVnni<4>, rows, num_rows, inputs, block, sums);
    Advance<1>(&MultiplyVnni<1>, rows, num_rows, inputs, block, sums);
  } else if (instructions == Instructions::kAvx2) {
    Advance<5>(&MultiplyAvx2<5>, rows, num_rows, inputs, block, sums);
    Advance<1>(&MultiplyAvx2<1>, rows, num_rows, inputs, block, sums);
  }
#endif
  MultiplyPortable(rows, num_rows, inputs, block, sums);
}

}  // namespace winnow::encoder

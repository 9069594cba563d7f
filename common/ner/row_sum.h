// The inner loops of scoring: sums of rows of weights.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "Eigen/Core"
#include "common/ner/for_labels.h"

namespace winnow::ner {

// Rows at random places in memory are fetched this number of rows before they are used.
inline constexpr size_t kRowsAhead = 48;

// Asks for a row's memory.
inline void PrefetchRow(const void* row, size_t num_bytes) {
  const char* bytes = static_cast<const char*>(row);
  for (size_t offset = 0; offset < num_bytes; offset += 64) __builtin_prefetch(bytes + offset);
}

// sum[0 .. 4K) = sum of rows [4K]. Added in the given order, so that the result is reproducible.
inline void SumRows(const float* const* rows, size_t num_rows, int num_labels, float* sum) {
  ForLabels(num_labels, [&](auto labels) {
    constexpr int kSize = labels == Eigen::Dynamic ? Eigen::Dynamic : 4 * labels;
    using Row = Eigen::Array<float, kSize, 1>;
    Row total = Row::Zero(4 * num_labels);
    for (size_t i = 0; i < num_rows; ++i) total += Eigen::Map<const Row>(rows[i], 4 * num_labels);
    Eigen::Map<Row>(sum, 4 * num_labels) = total;
  });
}

// Integers are added in groups of this many: up to kSumLanes - 1 bytes behind a row of weights are
// read, and rows of sums are padded to whole groups. Sums of integers do not depend on their order.
inline constexpr size_t kSumLanes = 8;
constexpr size_t PaddedToSumLanes(size_t size) {
  return (size + kSumLanes - 1) / kSumLanes * kSumLanes;
}

// sum[0 .. size) += row[0 .. size) for each of the rows. REQUIRES: size is a multiple of kSumLanes.
// kSize: size, or Eigen::Dynamic for any.
template <int kSize = Eigen::Dynamic, typename Integer>
void AddRows(const Integer* const* rows, size_t num_rows, size_t size, int16_t* sum) {
  using Row [[gnu::vector_size(kSumLanes * sizeof(Integer))]] = Integer;
  using Sum [[gnu::vector_size(kSumLanes * sizeof(int16_t))]] = int16_t;
  // So many lanes at a time stay in registers: the compiler cannot know that bytes of rows are not
  // bytes of the sum.
  constexpr size_t kGroups = kSize == Eigen::Dynamic ? 1 : static_cast<size_t>(kSize) / kSumLanes;
  for (size_t begin = 0; begin < size; begin += kGroups * kSumLanes) {
    std::array<Sum, kGroups> totals;
    std::memcpy(totals.data(), sum + begin, sizeof totals);
    for (size_t i = 0; i < num_rows; ++i) {
      for (size_t group = 0; group < kGroups; ++group) {
        Row lanes;
        std::memcpy(&lanes, rows[i] + begin + group * kSumLanes, sizeof lanes);
        totals[group] += __builtin_convertvector(lanes, Sum);
      }
    }
    std::memcpy(sum + begin, totals.data(), sizeof totals);
  }
}

// The same for rows of int8 and 4K, of which padding is read and added, too.
inline void AddWeights(const int8_t* const* rows, size_t num_rows, int num_labels, int16_t* sum) {
  ForLabels(num_labels, [&](auto labels) {
    constexpr int kSize = labels == Eigen::Dynamic
                              ? Eigen::Dynamic
                              : static_cast<int>(PaddedToSumLanes(4 * static_cast<size_t>(labels)));
    AddRows<kSize>(rows, num_rows, PaddedToSumLanes(4 * static_cast<size_t>(num_labels)), sum);
  });
}

}  // namespace winnow::ner

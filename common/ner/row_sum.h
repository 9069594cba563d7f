// The inner loop of scoring: the sum of some rows of weights.
#pragma once

#include <cstddef>
#include <cstring>

#include "Eigen/Core"

namespace winnow::ner {

// A row's memory is asked for this long before it is added.
inline void PrefetchRow(const float* row, size_t row_size) {
  const char* bytes = reinterpret_cast<const char*>(row);
  for (size_t offset = 0; offset < row_size * sizeof(float); offset += 64) __builtin_prefetch(bytes + offset);
}

template <int kSize>
void SumFixedRows(const float* const* rows, size_t num_rows, float* sum) {
  using Row = Eigen::Array<float, kSize, 1>;
  Row total = Row::Zero();
  for (size_t i = 0; i < num_rows; ++i) total += Eigen::Map<const Row>(rows[i]);
  Eigen::Map<Row>{sum} = total;
}

// sum[0 .. row_size) = sum of rows. Added in the given order, so that the result is reproducible.
inline void SumRows(const float* const* rows, size_t num_rows, size_t row_size, float* sum) {
  switch (row_size) {
    case 4: return SumFixedRows<4>(rows, num_rows, sum);
    case 8: return SumFixedRows<8>(rows, num_rows, sum);
    case 12: return SumFixedRows<12>(rows, num_rows, sum);
    case 16: return SumFixedRows<16>(rows, num_rows, sum);
    case 24: return SumFixedRows<24>(rows, num_rows, sum);
    default: break;
  }
  using Row = Eigen::ArrayXf;
  Eigen::Map<Row> total(sum, static_cast<Eigen::Index>(row_size));
  total.setZero();
  for (size_t i = 0; i < num_rows; ++i) {
    total += Eigen::Map<const Row>(rows[i], static_cast<Eigen::Index>(row_size));
  }
}

}  // namespace winnow::ner

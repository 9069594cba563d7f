// Vectors of the lattice whose sizes the compiler knows. Internal to the folder.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "Eigen/Core"
#include "common/ner/tags.h"

namespace winnow::ner {

template <int kSize>
using Vector = Eigen::Map<Eigen::Array<double, kSize, 1>>;
template <int kSize>
using ConstVector = Eigen::Map<const Eigen::Array<double, kSize, 1>>;

// The sizes for K = kLabels, known to the compiler, which makes straight SIMD code of the loops; or
// those of any K.
template <int kLabels>
struct Sizes {
  static constexpr bool kFixed = kLabels != Eigen::Dynamic;
  static constexpr int kRow = kFixed ? PaddedToLanes(1 + 4 * kLabels) : Eigen::Dynamic;
  static constexpr int kClosed = kFixed ? PaddedToLanes(1 + 2 * kLabels) : Eigen::Dynamic;

  explicit Sizes(TagSet tags) : labels(kFixed ? kLabels : tags.num_labels()) {}

  const int labels;
  const int tags = 1 + 4 * labels;
  const int row = PaddedToLanes(tags);
  const int closed = PaddedToLanes(1 + 2 * labels);
};

// values = exp(values), for values <= 0, with a relative error below 1e-14; 0 below -700. exp(x) =
// 2^n exp(r) with n the integer nearest to x / log 2 and |r| <= log(2) / 2; exp(r) by its Taylor
// series up to r^11 / 11!, which leaves 7e-15. Adding 1.5 * 2^52 rounds, and leaves n in the lowest
// bits. REQUIRES: size is a multiple of kLanes.
inline void Exp(double* values, int size) {
  using Doubles [[gnu::vector_size(sizeof(double) * kLanes)]] = double;
  using Bits [[gnu::vector_size(sizeof(double) * kLanes)]] = int64_t;
  constexpr double kRound = 0x1.8p52;
  constexpr double kLog2High = 0x1.62e42fefa0000p-1, kLog2Low = 0x1.cf79abc9e3b3ap-40;
  constexpr double kTaylor[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                                1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
                                1.0 / 6,        1.0 / 2,       1.0,          1.0};
  for (int i = 0; i < size; i += kLanes) {
    Doubles x;
    std::memcpy(&x, values + i, sizeof(x));
    const Doubles rounded = x * (1 / 0.69314718055994530942) + kRound;
    const Doubles n = rounded - kRound;
    const Doubles r = (x - n * kLog2High) - n * kLog2Low;
    Doubles p = r * kTaylor[0] + kTaylor[1];
    for (int term = 2; term < 12; ++term) p = p * r + kTaylor[term];
    const Bits scaled =
        (std::bit_cast<Bits>(p) + (std::bit_cast<Bits>(rounded) << 52)) & Bits(x >= -700.0);
    std::memcpy(values + i, &scaled, sizeof(scaled));
  }
}

// sum += the `count` columns at `columns`, each as long as `sum`, times x.
template <typename Sum>
void AddColumns(const double* columns, const double* x, int count, Sum& sum) {
  if constexpr (Sum::SizeAtCompileTime != Eigen::Dynamic) {
    for (int j = 0; j < count; ++j)
      sum += ConstVector<Sum::SizeAtCompileTime>(columns + j * sum.size()) * x[j];
  } else {
    sum.matrix().noalias() += Eigen::Map<const Eigen::MatrixXd>(columns, sum.size(), count) *
                              Eigen::Map<const Eigen::VectorXd>(x, count);
  }
}

}  // namespace winnow::ner

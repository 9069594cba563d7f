// Vectors of the lattice whose sizes the compiler knows. Internal to the folder.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "Eigen/Core"
#include "common/ner/tags.h"

namespace winnow::ner {

template <int kSize, typename Real = double>
using Vector = Eigen::Map<Eigen::Array<Real, kSize, 1>>;
template <int kSize, typename Real = double>
using ConstVector = Eigen::Map<const Eigen::Array<Real, kSize, 1>>;

// The sizes for K = kLabels, known to the compiler, which makes straight SIMD code of the loops; or
// those of any K.
template <int kLabels, typename Real = double>
struct Sizes {
  static constexpr bool kFixed = kLabels != Eigen::Dynamic;
  static constexpr int Padded(int size) { return PaddedToLanes(size, kLanesOf<Real>); }
  static constexpr int kRow = kFixed ? Padded(1 + 4 * kLabels) : Eigen::Dynamic;
  static constexpr int kClosed = kFixed ? Padded(1 + 2 * kLabels) : Eigen::Dynamic;

  explicit Sizes(TagSet tags) : labels(kFixed ? kLabels : tags.num_labels()) {}

  const int labels;
  const int tags = 1 + 4 * labels;
  const int row = Padded(tags);
  const int closed = Padded(1 + 2 * labels);
};

// What Exp needs to know of a type.
template <typename Real>
struct ExpOf;
template <>
struct ExpOf<double> {
  using Bits = uint64_t;
  static constexpr int kMantissaBits = 52, kTerms = 12;
  static constexpr double kRound = 0x1.8p52, kSmallest = -700;
  static constexpr double kLog2High = 0x1.62e42fefa0000p-1, kLog2Low = 0x1.cf79abc9e3b3ap-40;
};
template <>
struct ExpOf<float> {
  using Bits = uint32_t;
  static constexpr int kMantissaBits = 23, kTerms = 8;
  static constexpr float kRound = 0x1.8p23f, kSmallest = -87;
  static constexpr float kLog2High = 0x1.62e4p-1f, kLog2Low = 0x1.7f7d1cp-20f;
};

// values = exp(values), with a relative error below 1e-14 (double; values <= 0) or 2e-7 (float;
// values <= 80); 0 below kSmallest. exp(x) = 2^n exp(r) with n the integer nearest to x / log 2 and
// |r| <= log(2) / 2; exp(r) by its Taylor series up to r^11 / 11!, which leaves 7e-15 (float: r^7 /
// 7!, 6e-9). Adding 1.5 * 2^52 (2^23) rounds, and leaves n in the lowest bits. REQUIRES: size is a
// multiple of the lanes.
template <typename Real>
inline void Exp(Real* values, size_t size) {
  using E = ExpOf<Real>;
  using Reals [[gnu::vector_size(sizeof(Real) * kLanesOf<Real>)]] = Real;
  using Bits [[gnu::vector_size(sizeof(Real) * kLanesOf<Real>)]] = typename E::Bits;
  constexpr double kTaylor[] = {1.0,         1.0,          1.0 / 2,       1.0 / 6,
                                1.0 / 24,    1.0 / 120,    1.0 / 720,     1.0 / 5040,
                                1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800};
  for (size_t i = 0; i < size; i += kLanesOf<Real>) {
    Reals x;
    std::memcpy(&x, values + i, sizeof(x));
    const Reals rounded = x * static_cast<Real>(1 / 0.69314718055994530942) + E::kRound;
    const Reals n = rounded - E::kRound;
    const Reals r = (x - n * E::kLog2High) - n * E::kLog2Low;
    Reals p =
        r * static_cast<Real>(kTaylor[E::kTerms - 1]) + static_cast<Real>(kTaylor[E::kTerms - 2]);
    for (int term = E::kTerms - 3; term >= 0; --term) p = p * r + static_cast<Real>(kTaylor[term]);
    const Bits scaled =
        (std::bit_cast<Bits>(p) + (std::bit_cast<Bits>(rounded) << E::kMantissaBits)) &
        Bits(x >= E::kSmallest);
    std::memcpy(values + i, &scaled, sizeof(scaled));
  }
}

// sum += the `count` columns at `columns`, each as long as `sum`, times x.
template <typename Real, typename Sum>
[[gnu::always_inline]] inline void AddColumns(const Real* columns, const Real* x, int count,
                                              Sum& sum) {
  constexpr int kSize = Sum::SizeAtCompileTime;
  if constexpr (kSize != Eigen::Dynamic) {
    // In registers: the compiler cannot know that the columns are no part of the sum.
    Eigen::Array<Real, kSize, 1> total = sum;
    for (int j = 0; j < count; ++j) total += ConstVector<kSize, Real>(columns + j * kSize) * x[j];
    sum = total;
  } else {
    using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;
    sum.matrix().noalias() += Eigen::Map<const Matrix>(columns, sum.size(), count) *
                              Eigen::Map<const Eigen::VectorX<Real>>(x, count);
  }
}

}  // namespace winnow::ner

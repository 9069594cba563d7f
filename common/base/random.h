// Seeded random numbers whose sequence is fixed by this file, not by a library version.
#pragma once

#include <cstdint>
#include <utility>

namespace winnow {

// SplitMix64 (Steele, Lea, Flood 2014). Copyable; not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  // Uniform in [0, n). REQUIRES: n > 0. Lemire's multiply-shift; bias below n / 2^64.
  uint64_t Below(uint64_t n) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * n) >> 64);
  }

  // Uniform in [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  // Fisher-Yates over a random-access range.
  template <typename Range>
  void Shuffle(Range& range) {
    for (size_t i = range.size(); i > 1; --i) std::swap(range[i - 1], range[Below(i)]);
  }

 private:
  uint64_t state_;
};

// The uniform number in [0, 1) that belongs to a 64-bit hash: a permanent random number of what was
// hashed.
inline double UnitInterval(uint64_t hash) { return static_cast<double>(hash >> 11) * 0x1.0p-53; }

}  // namespace winnow

// Eight floats at a time, with the same bits on every CPU: each operation is one of IEEE 754, in a
// fixed order, and files that include this are compiled without contraction to fused operations.
// Internal to the folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace winnow::encoder {

inline constexpr size_t kLanes = 8;
using Lanes [[gnu::vector_size(32)]] = float;
using IntLanes [[gnu::vector_size(32)]] = int32_t;

inline Lanes Load(const float* from) {
  Lanes x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline IntLanes LoadInts(const int32_t* from) {
  IntLanes x;
  std::memcpy(&x, from, sizeof x);
  return x;
}
inline void Store(Lanes x, float* to) { std::memcpy(to, &x, sizeof x); }
inline Lanes Splat(float x) { return Lanes{x, x, x, x, x, x, x, x}; }

// Of something that is no number: `bound`.
inline Lanes AtLeast(Lanes x, Lanes bound) { return x > bound ? x : bound; }
inline Lanes AtMost(Lanes x, Lanes bound) { return x < bound ? x : bound; }

inline float Sum(Lanes x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}
inline float Largest(Lanes x) {
  float largest = x[0];
  for (size_t i = 1; i < kLanes; ++i) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// exp(x) with a relative error below 2e-7; x is held in [-87, 88]. The polynomial is that of
// Cephes' expf (Moshier 1992).
inline Lanes Exp(Lanes x) {
  x = AtMost(AtLeast(x, Splat(-87)), Splat(88));
  // Adding 1.5 * 2^23 leaves no bits behind the point.
  const Lanes magic = Splat(12582912.0f);
  const Lanes n = (x * Splat(1.44269504088896341f) + magic) - magic;
  const Lanes r = (x - n * Splat(0.693359375f)) - n * Splat(-2.12194440e-4f);
  Lanes y = Splat(1.9875691500e-4f);
  y = y * r + Splat(1.3981999507e-3f);
  y = y * r + Splat(8.3334519073e-3f);
  y = y * r + Splat(4.1665795894e-2f);
  y = y * r + Splat(1.6666665459e-1f);
  y = y * r + Splat(5.0000001201e-1f);
  y = (y * r) * r + r + Splat(1);
  const IntLanes bits = (__builtin_convertvector(n, IntLanes) + 127) << 23;
  Lanes power;
  std::memcpy(&power, &bits, sizeof power);
  return y * power;
}

// x Phi(x), the Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv:1606.08415). Phi by
// Abramowitz and Stegun 1964, formula 7.1.28, with an absolute error below 2e-6.
inline Lanes Gelu(Lanes x) {
  const Lanes z = (x < Splat(0) ? -x : x) * Splat(0.70710678118654752f);
  Lanes y = Splat(0.0000430638f);
  y = y * z + Splat(0.0002765672f);
  y = y * z + Splat(0.0001520143f);
  y = y * z + Splat(0.0092705272f);
  y = y * z + Splat(0.0422820123f);
  y = y * z + Splat(0.0705230784f);
  y = y * z + Splat(1);
  y *= y;
  y *= y;
  y *= y;
  y *= y;
  const Lanes tail = Splat(0.5f) / y;  // Phi(-|x|)
  return x * (x < Splat(0) ? tail : Splat(1) - tail);
}

}  // namespace winnow::encoder

// Hashes whose values are persisted or compared between processes. Never absl::Hash or std::hash,
// which differ between runs or libraries.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace winnow {

using Digest256 = std::array<uint8_t, 32>;

// SHA-256 (FIPS 180-4): identities and digests of artefacts.
Digest256 Sha256(absl::string_view bytes);
std::string Sha256Hex(absl::string_view bytes);

// The same of bytes that come in pieces. Not thread-safe.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;

  void Add(absl::string_view bytes);
  // Of all bytes so far, as Sha256Hex. Call it last.
  std::string FinishHex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// XXH3, 64 bit: feature hashing, buckets, checksums. Not for adversaries.
uint64_t Hash64(absl::string_view bytes, uint64_t seed = 0);

// Mixes two 64-bit values into one; order matters.
constexpr uint64_t MixHash(uint64_t a, uint64_t b) {
  uint64_t x = a ^ (b + 0x9E3779B97F4A7C15ull + (a << 6) + (a >> 2));
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

}  // namespace winnow

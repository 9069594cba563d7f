#include "common/base/hash.h"

#define XXH_INLINE_ALL
#include <openssl/sha.h>
#include <xxhash.h>

#include "absl/strings/escaping.h"

namespace winnow {

Digest256 Sha256(absl::string_view bytes) {
  Digest256 digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

std::string Sha256Hex(absl::string_view bytes) {
  const Digest256 digest = Sha256(bytes);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

uint64_t Hash64(absl::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

}  // namespace winnow

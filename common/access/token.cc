#include "common/access/token.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <array>
#include <cerrno>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace winnow::access {

absl::StatusOr<std::string> MakeToken() {
  std::array<char, 32> bits;
  ssize_t got;
  // So few bytes come at once, or not at all (getrandom(2)).
  do {
    got = getrandom(bits.data(), bits.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(bits.size()))
    return absl::ErrnoToStatus(got < 0 ? errno : EIO, "the kernel gives no random bits");
  return absl::StrCat(kTokenPrefix,
                      absl::WebSafeBase64Escape(absl::string_view(bits.data(), bits.size())));
}

Digest256 HashToken(absl::string_view token) { return Sha256(token); }

bool SameHash(const Digest256& a, const Digest256& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace winnow::access

// What somebody shows to be known: a secret that is told once, and stored as its hash alone.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/hash.h"

namespace winnow::access {

// How every token begins, so that people and scanners for secrets recognise one.
inline constexpr absl::string_view kTokenPrefix = "wnw_";

// A new one: the prefix and 256 random bits of the kernel's (getrandom, never a seed), as 43
// characters of base64url (RFC 4648, section 5, without padding).
absl::StatusOr<std::string> MakeToken();

// SHA-256 of all its characters. With 256 bits to guess, no salt and no slow hash is needed.
Digest256 HashToken(absl::string_view token);

// Whether two hashes are the same, in a time that does not depend on where they differ.
bool SameHash(const Digest256& a, const Digest256& b);

}  // namespace winnow::access

// What a browser keeps to stay signed in: a token that nobody but this gateway can read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace winnow::gateway {

struct SignIn {
  std::string token;
  // Whose it is.
  std::string name;
  // Both to the microsecond.
  absl::Time issued;
  absl::Time expires;
};

// Seals by AES-256-GCM (NIST SP 800-38D) with a key that is made once and kept in a file, so that
// people stay signed in when the gateway starts again. Immutable, thread-safe.
class CookieSealer {
 public:
  // Makes the file, for its owner alone, unless it is there. Not OK when it can be neither read nor
  // made, or holds something else.
  static absl::StatusOr<CookieSealer> Open(const std::filesystem::path& key_file);

  // Characters that a cookie may have.
  std::string Seal(const SignIn& sign_in) const;
  // None for what was not sealed with this key, or was altered; whether it has expired is the
  // caller's to ask.
  std::optional<SignIn> Unseal(absl::string_view sealed) const;

 private:
  explicit CookieSealer(std::string key) : key_(std::move(key)) {}
  const std::string key_;
};

}  // namespace winnow::gateway

// Regular expressions from users: matched in linear time.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace re2 {
class RE2;
}

namespace winnow::text {

// Immutable, hence thread-safe. Cheap to copy.
class Regex {
 public:
  // RE2 syntax: as of Perl and Python, without back references and look-around, and \w, \d, \s, \b
  // are ASCII (\pL is a letter). InvalidArgument, saying what is wrong, for what is malformed, or
  // longer than kMaxBytes, or too large.
  static absl::StatusOr<Regex> Compile(absl::string_view pattern);
  static constexpr size_t kMaxBytes = 4096;

  // Whether it is found anywhere in `value`, which should be UTF-8.
  bool IsFoundIn(absl::string_view value) const;

 private:
  explicit Regex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace winnow::text

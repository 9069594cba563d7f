#include "common/text/regex.h"

#include <re2/re2.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace winnow::text {
namespace {

re2::StringPiece Piece(absl::string_view view) { return {view.data(), view.size()}; }

}  // namespace

absl::StatusOr<Regex> Regex::Compile(absl::string_view pattern) {
  if (pattern.size() > kMaxBytes) {
    return absl::InvalidArgumentError(absl::StrCat("is longer than ", kMaxBytes, " bytes"));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);  // An expression that counted repetitions blow up is refused.
  auto compiled = std::make_shared<const re2::RE2>(Piece(pattern), options);
  if (!compiled->ok()) return absl::InvalidArgumentError(compiled->error());
  return Regex(std::move(compiled));
}

bool Regex::IsFoundIn(absl::string_view value) const {
  return re2::RE2::PartialMatch(Piece(value), *compiled_);
}

}  // namespace winnow::text

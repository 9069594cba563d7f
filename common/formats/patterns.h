// Word lists and patterns as Prodigy and spaCy write them (patterns.jsonl).
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "winnow/storage/v1/patterns.pb.h"

namespace winnow::formats {

// The largest number of tokens of a pattern, an operator counted as often as it must or may repeat
// ({2,5} is 5, + and * are 1).
inline constexpr size_t kMaxPatternTokens = 48;

// Parses the content of a whole file: UTF-8, one object per line; a byte order mark, CR LF and
// blank lines are allowed; keys other than these are ignored:
// * `label`: not empty. `id`: a string or a number, optional.
// * `pattern`: a string, which matches the same tokens with the same case; or an array of at least
//   one object per token, of which every key is a test that must hold. Keys are read without regard
//   to case.
// * TEXT, ORTH, LOWER, SHAPE: a string, or {"IN": [strings]}, {"NOT_IN": [strings]}, {"REGEX":
//   string} (RE2 syntax, see text/regex.h; found anywhere). A value of LOWER is itself read in
//   lower case.
// * LENGTH: a number, or {"==", "!=", ">=", "<=", ">", "<": number}, several of which must all
//   hold.
// * IS_ALPHA, IS_DIGIT, IS_ASCII, IS_PUNCT, IS_SPACE, IS_LOWER, IS_UPPER, IS_TITLE, LIKE_NUM,
//   LIKE_URL, LIKE_EMAIL: true or false.
// * OP: "1" (as without it), "!", "?", "+", "*", "{n}", "{n,m}", "{n,}", "{,m}".
// White space is no token here, so a place that asks for it is left out. LEMMA, NORM, POS, FUZZY
// and all others are refused, with what to use instead: a pattern that silently matches nothing, or
// more than it says, is worse.
//
// Error: InvalidArgument with every violation, "line N: pattern[1].POS: what" (see Violations).
absl::StatusOr<storage::v1::PatternSet> ParsePatterns(absl::string_view content);

}  // namespace winnow::formats

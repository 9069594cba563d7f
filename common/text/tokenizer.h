// Splits a text into the tokens that the learner tags.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace winnow::text {

// A part of a text, half-open, counted in bytes and in code points of that text.
struct Token {
  uint32_t begin_byte = 0;
  uint32_t end_byte = 0;
  uint32_t start = 0;
  uint32_t end = 0;

  bool operator==(const Token&) const = default;
};

// Goes into every model's manifest; to be raised with any change of what Tokenize returns, together
// with the feature version of common/ner. Version 1 had no characters of unspaced scripts: a run of
// them was one token.
inline constexpr int kTokenizerVersion = 2;

// The tokens of `text` in order, none empty, none overlapping; white space (Unicode White_Space)
// lies between them and every other character lies in exactly one:
// * a letter of a script without spaces between words (scripts.h) is one token: "日本語" is three;
// * a longest run of other letters (L*) and numbers (N*) is one token: "MB2", "3rd", "Müller", and
//   the "iPhone15" of "新iPhone15を";
// * any other character is one token: "don't" is three, "..." is three, "a_b" is three;
// * a combining mark (M*), a joiner (U+200C, U+200D) or a letter of an unspaced script that is
//   written as one with the character before (ExtendsCharacter) belongs to the token before it, if
//   it touches one: "น้ำ" is one.
// As fine as this so that spans marked by hand begin and end where tokens do. Takes linear time.
// REQUIRES: `text` is valid UTF-8 of less than 2^32 bytes.
// Anything else gives meaningless tokens, but inside the text.
std::vector<Token> Tokenize(absl::string_view text);

// The same, appended to `tokens` with offsets that still count from the beginning of `text`.
void Tokenize(absl::string_view text, std::vector<Token>& tokens);

// The strings of the tokens; they refer to the memory of `text`. The second replaces `forms`.
std::vector<absl::string_view> Forms(absl::string_view text, absl::Span<const Token> tokens);
void Forms(absl::string_view text, absl::Span<const Token> tokens,
           std::vector<absl::string_view>& forms);

}  // namespace winnow::text

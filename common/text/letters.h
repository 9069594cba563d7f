// Says what characters are, by Unicode's tables (utf8proc's), and how words look. Nothing outside
// common/text asks utf8proc itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace winnow::text {

// Unicode's General_Category.
enum class Category : uint8_t {
  kUnassigned,
  kUpperLetter,
  kLowerLetter,
  kTitleLetter,
  kModifierLetter,
  kOtherLetter,
  kNonspacingMark,
  kSpacingMark,
  kEnclosingMark,
  kDecimalNumber,
  kLetterNumber,
  kOtherNumber,
  kConnectorPunctuation,
  kDashPunctuation,
  kOpenPunctuation,
  kClosePunctuation,
  kInitialPunctuation,
  kFinalPunctuation,
  kOtherPunctuation,
  kMathSymbol,
  kCurrencySymbol,
  kModifierSymbol,
  kOtherSymbol,
  kSpaceSeparator,
  kLineSeparator,
  kParagraphSeparator,
  kControl,
  kFormat,
  kSurrogate,
  kPrivateUse,
};

// A number above U+10FFFF is unassigned.
Category CategoryOf(char32_t code_point);

constexpr bool IsLetter(Category category) {
  return category >= Category::kUpperLetter && category <= Category::kOtherLetter;
}
// Upper case or title case.
constexpr bool IsUpper(Category category) {
  return category == Category::kUpperLetter || category == Category::kTitleLetter;
}
constexpr bool IsMark(Category category) {
  return category >= Category::kNonspacingMark && category <= Category::kEnclosingMark;
}
constexpr bool IsNumber(Category category) {
  return category >= Category::kDecimalNumber && category <= Category::kOtherNumber;
}
constexpr bool IsPunctuation(Category category) {
  return category >= Category::kConnectorPunctuation && category <= Category::kOtherPunctuation;
}

// The character is one with the character before it, whichever that is: combining marks, joiners,
// and the letters that Unicode counts among them (Grapheme_Extend and SpacingMark), such as the
// vowel AM of Thai and Lao and the half-width voiced sound mark.
bool ExtendsCharacter(char32_t code_point);

// The lower case of one character by itself (simple case mapping), which may take more or fewer
// bytes than the character did.
char32_t ToLower(char32_t code_point);

// Lower case, character by character. Ill-formed bytes become U+FFFD. The second replaces `lower`,
// which must not be `text`.
std::string Lower(absl::string_view text);
void Lower(absl::string_view text, std::string& lower);

// Columns that `text` takes on a terminal: wide characters two, combining ones none.
size_t DisplayWidth(absl::string_view text);

// The functions below look at a whole word in UTF-8; ill-formed bytes count as U+FFFD, a symbol.
// All of no characters holds.

bool HasLetter(absl::string_view word);

bool IsAllAscii(absl::string_view word);
// Every character is a letter (L*), a decimal digit (Nd), punctuation (P*).
bool IsAllLetters(absl::string_view word);
bool IsAllDigits(absl::string_view word);
bool IsAllPunctuation(absl::string_view word);

// No character is a letter or a decimal digit: punctuation, "<", "$" and the like.
bool IsAllSymbols(absl::string_view word);

// There is a letter with a case, and none is in lower case (IsUpperCase) or in upper case
// (IsLowerCase).
bool IsUpperCase(absl::string_view word);
bool IsLowerCase(absl::string_view word);

// Python's str.istitle: each run of letters with a case begins with upper case and goes on in lower
// case, and there is one.
bool IsTitleCase(absl::string_view word);

// Letters become X or x, decimal digits d, and other characters stay; of a run of the same at most
// four are kept: "Nurse-12" is "Xxxxx-dd". This is spaCy's SHAPE.
std::string ShapeOf(absl::string_view word);

// spaCy's LIKE_NUM for English: digits, fractions, ordinals, and number words up to a trillion.
bool LooksLikeNumber(absl::string_view word);

// spaCy's LIKE_URL, with a short list of top-level domains instead of all.
bool LooksLikeUrl(absl::string_view word);

// spaCy's LIKE_EMAIL.
bool LooksLikeEmail(absl::string_view word);

}  // namespace winnow::text

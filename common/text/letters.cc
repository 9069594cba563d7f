#include "common/text/letters.h"

#include <utf8proc.h>

#include <algorithm>

#include "common/text/regex.h"
#include "common/text/utf8.h"

namespace winnow::text {
namespace {

// CategoryOf casts, so the two enumerations must go in step.
static_assert(static_cast<int>(Category::kUnassigned) == UTF8PROC_CATEGORY_CN);
static_assert(static_cast<int>(Category::kOtherLetter) == UTF8PROC_CATEGORY_LO);
static_assert(static_cast<int>(Category::kEnclosingMark) == UTF8PROC_CATEGORY_ME);
static_assert(static_cast<int>(Category::kOtherNumber) == UTF8PROC_CATEGORY_NO);
static_assert(static_cast<int>(Category::kOtherPunctuation) == UTF8PROC_CATEGORY_PO);
static_assert(static_cast<int>(Category::kOtherSymbol) == UTF8PROC_CATEGORY_SO);
static_assert(static_cast<int>(Category::kParagraphSeparator) == UTF8PROC_CATEGORY_ZP);
static_assert(static_cast<int>(Category::kPrivateUse) == UTF8PROC_CATEGORY_CO);

// The letters that the looks of a word are made of.
enum class Look { kUpper, kLower, kUncased, kDigit, kPunctuation, kOther };

Look LookOf(char32_t c) {
  const Category category = CategoryOf(c);
  if (IsUpper(category)) return Look::kUpper;
  if (category == Category::kLowerLetter) return Look::kLower;
  if (IsLetter(category)) return Look::kUncased;
  if (category == Category::kDecimalNumber) return Look::kDigit;
  return IsPunctuation(category) ? Look::kPunctuation : Look::kOther;
}

bool IsCased(Look look) { return look == Look::kUpper || look == Look::kLower; }

// Whether `is(look)` holds for every character.
template <typename Is>
bool All(absl::string_view word, const Is& is) {
  for (size_t position = 0; position < word.size();) {
    if (!is(LookOf(DecodeUtf8(word, position)))) return false;
  }
  return true;
}

bool IsCasedWithout(Look other, absl::string_view word) {
  bool cased = false;
  const bool none_other = All(word, [&](Look look) {
    cased |= IsCased(look);
    return look != other;
  });
  return none_other && cased;
}

// Kept until the process ends, so that nothing is destroyed while another thread still matches.
const Regex& Compiled(const char* pattern) { return *new Regex(*Regex::Compile(pattern)); }

}  // namespace

Category CategoryOf(char32_t c) {
  return static_cast<Category>(utf8proc_category(static_cast<utf8proc_int32_t>(c)));
}

bool ExtendsCharacter(char32_t c) {
  return !utf8proc_grapheme_break('a', static_cast<utf8proc_int32_t>(c));
}

char32_t ToLower(char32_t c) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

std::string Lower(absl::string_view text) {
  std::string lower;
  Lower(text, lower);
  return lower;
}

void Lower(absl::string_view text, std::string& lower) {
  lower.clear();
  for (size_t position = 0; position < text.size();) {
    // Most text is ASCII, which needs no table.
    const uint8_t byte = static_cast<uint8_t>(text[position]);
    if (byte < 0x80) {
      lower.push_back(static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte));
      ++position;
      continue;
    }
    AppendUtf8(ToLower(DecodeUtf8(text, position)), lower);
  }
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (size_t position = 0; position < text.size();) {
    const auto c = static_cast<utf8proc_int32_t>(DecodeUtf8(text, position));
    width += static_cast<size_t>(std::max(0, utf8proc_charwidth(c)));
  }
  return width;
}

bool HasLetter(absl::string_view word) {
  for (size_t position = 0; position < word.size();) {
    if (IsLetter(CategoryOf(DecodeUtf8(word, position)))) return true;
  }
  return false;
}

bool IsAllAscii(absl::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

bool IsAllLetters(absl::string_view word) {
  return All(word, [](Look look) { return look <= Look::kUncased; });
}

bool IsAllDigits(absl::string_view word) {
  return All(word, [](Look look) { return look == Look::kDigit; });
}

bool IsAllPunctuation(absl::string_view word) {
  return All(word, [](Look look) { return look == Look::kPunctuation; });
}

bool IsAllSymbols(absl::string_view word) {
  return All(word, [](Look look) { return look == Look::kPunctuation || look == Look::kOther; });
}

bool IsUpperCase(absl::string_view word) { return IsCasedWithout(Look::kLower, word); }

bool IsLowerCase(absl::string_view word) { return IsCasedWithout(Look::kUpper, word); }

bool IsTitleCase(absl::string_view word) {
  bool any = false, in_run = false;
  const bool right = All(word, [&](Look look) {
    // Upper case may stand only where a run begins, lower case only where one goes on.
    const bool fits = !IsCased(look) || (look == Look::kUpper) != in_run;
    in_run = IsCased(look);
    any |= in_run;
    return fits;
  });
  return right && any;
}

std::string ShapeOf(absl::string_view word) {
  constexpr int kMaxRun = 4;
  std::string shape, last;
  int run = 0;
  for (size_t position = 0; position < word.size();) {
    const size_t begin = position;
    const Look look = LookOf(DecodeUtf8(word, position));
    const std::string symbol = look == Look::kUpper                             ? "X"
                               : look == Look::kLower || look == Look::kUncased ? "x"
                               : look == Look::kDigit
                                   ? "d"
                                   : std::string(word.substr(begin, position - begin));
    run = symbol == last ? run + 1 : 1;
    if (run <= kMaxRun) shape += symbol;
    last = symbol;
  }
  return shape;
}

bool LooksLikeNumber(absl::string_view word) {
  static const Regex& regex = Compiled(
      R"((?i)^[-+~±]?(\d[\d.,]*(/\d[\d.,]*)?|zero|one|two|three|four|five|six|seven|eight|nine|)"
      R"(ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|)"
      R"(thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|)"
      R"(trillion|\d+(st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|)"
      R"(tenth)$)");
  return regex.IsFoundIn(word);
}

bool LooksLikeUrl(absl::string_view word) {
  static const Regex& regex =
      Compiled(R"((?i)^((https?|ftp)://[^\s]+|www\.[^\s]+\.[^\s]+|([a-z0-9][a-z0-9-]*\.)+)"
               R"((com|org|net|edu|gov|mil|int|info|biz|io|co|me|tv|)"
               R"(eu|uk|de|fr|nl|es|it|ch|at|us|ca|au|in|jp|cn|ru|br)(:\d+)?([/?#][^\s]*)?)$)");
  return regex.IsFoundIn(word);
}

bool LooksLikeEmail(absl::string_view word) {
  static const Regex& regex = Compiled(
      R"((?i)^[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)+$)");
  return regex.IsFoundIn(word);
}

}  // namespace winnow::text

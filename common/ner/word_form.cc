#include "common/ner/word_form.h"

#include <cstddef>

#include "common/text/letters.h"
#include "common/text/utf8.h"

namespace winnow::ner {

Char Classify(char32_t c) {
  if (c < 0x80) {
    if (c >= 'a' && c <= 'z') return {c, CharClass::kLower};
    if (c >= 'A' && c <= 'Z') return {c + ('a' - 'A'), CharClass::kUpper};
    if (c >= '0' && c <= '9') return {'0', CharClass::kDigit};
    return {c, CharClass::kOther};
  }
  const text::Category category = text::CategoryOf(c);
  if (text::IsUpper(category)) return {text::ToLower(c), CharClass::kUpper};
  if (category == text::Category::kDecimalNumber) return {'0', CharClass::kDigit};
  const bool is_letter = text::IsLetter(category) || category == text::Category::kNonspacingMark ||
                         category == text::Category::kSpacingMark;
  return {c, is_letter ? CharClass::kLower : CharClass::kOther};
}

WordForm FormOf(absl::string_view word) {
  WordForm form;
  bool first_is_upper = false;
  size_t num_upper = 0, num_lower = 0;
  for (size_t position = 0; position < word.size();) {
    const Char c = Classify(text::DecodeUtf8(word, position));
    form.hash = HashStep(form.hash, c.lower);
    if (c.kind == CharClass::kUpper && num_upper + num_lower == 0) first_is_upper = true;
    num_upper += c.kind == CharClass::kUpper;
    num_lower += c.kind == CharClass::kLower;
  }
  if (num_upper + num_lower == 0) return form;
  if (num_upper == 0) {
    form.word_case = WordCase::kLower;
  } else if (num_lower == 0 && num_upper > 1) {
    form.word_case = WordCase::kCaps;
  } else {
    form.word_case = first_is_upper ? WordCase::kCapital : WordCase::kMixed;
  }
  return form;
}

}  // namespace winnow::ner

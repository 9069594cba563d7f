#include "common/ner/word_form.h"

#include <utf8proc.h>

#include <cstddef>

#include "common/text/utf8.h"

namespace winnow::ner {

Char Classify(char32_t c) {
  if (c < 0x80) {
    if (c >= 'a' && c <= 'z') return {c, CharClass::kLower};
    if (c >= 'A' && c <= 'Z') return {c + ('a' - 'A'), CharClass::kUpper};
    if (c >= '0' && c <= '9') return {'0', CharClass::kDigit};
    return {c, CharClass::kOther};
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
      return {static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))),
              CharClass::kUpper};
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
      return {c, CharClass::kLower};
    case UTF8PROC_CATEGORY_ND:
      return {'0', CharClass::kDigit};
    default:
      return {c, CharClass::kOther};
  }
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

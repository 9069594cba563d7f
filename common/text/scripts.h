// Scripts that are written without spaces between words, so that letters alone do not tell where a
// word ends.
#pragma once

#include <cstdint>

namespace winnow::text {

// Persisted in models by way of features: a number never changes its meaning.
enum class UnspacedScript : uint8_t {
  kNone,
  kHan,
  kHiragana,
  kKatakana,
  kBopomofo,
  kThai,
  kLao,
  kKhmer,
  kMyanmar,
  kTai,  // Tai Le, New Tai Lue, Tai Tham, Tai Viet
};

// The script of a letter, letter-like number or mark by Unicode's Script property, or kNone: it is
// of another script, or a digit or punctuation. What several scripts share has the one that it is
// mostly used in: the prolonged sound mark is Katakana, the iteration mark of ideographs Han.
UnspacedScript UnspacedScriptOf(char32_t code_point);

}  // namespace winnow::text

// The form under which a word is known: lower case, digits as 0. The feature extractor, the word
// counts of a pool and imported vectors share it, so that they speak of the same words.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace winnow::ner {

enum class CharClass : uint8_t { kUpper, kLower, kDigit, kOther };

struct Char {
  // Lower case of a letter, '0' for any decimal digit, otherwise the character itself.
  char32_t lower;
  CharClass kind;
};

// By Unicode's general category; letters without case count as lower case.
Char Classify(char32_t code_point);

// One step of a running hash over code points.
constexpr uint64_t HashStep(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0xBF58476D1CE4E5B9ull;
  return hash ^ (hash >> 29);
}

// A word's hash is kWordHashSeed, stepped by the `lower` of each of its characters. Persisted in
// model files.
inline constexpr uint64_t kWordHashSeed = 2;

enum class WordCase : uint8_t {
  kNone,     // no letter
  kLower,    // none of its letters is upper case
  kCapital,  // the first letter is upper case, another is not, or it is the only one
  kCaps,     // two letters or more, all upper case
  kMixed,    // iPhone
};

struct WordForm {
  uint64_t hash = kWordHashSeed;
  WordCase word_case = WordCase::kNone;
};

// `word` is UTF-8; ill-formed bytes count as U+FFFD.
WordForm FormOf(absl::string_view word);

}  // namespace winnow::ner

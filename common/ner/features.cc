#include "common/ner/features.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

constexpr size_t kMaxAffix = 5;
// Character n-grams are taken from this many code points of a token; affixes cover the rest of longer ones.
constexpr size_t kMaxGramCodePoints = 24;
// Words this far to either side are features.
constexpr int kWindow = 4;

enum Template : uint64_t {
  kBias,
  kWord,  // one per offset from -kWindow
  kWordEnd = kWord + 2 * kWindow,
  kExactWord,
  kWordBigramLeft,
  kWordBigramRight,
  kWordBigramFarLeft,
  kWordBigramFarRight,
  kShape,  // -1, 0, +1
  kShapeEnd = kShape + 2,
  kShortShape,  // -2 .. +2
  kShortShapeEnd = kShortShape + 4,
  kShapeBigramLeft,
  kShapeBigramRight,
  kShapeTrigram,
  kWordLeftShape,
  kWordRightShape,
  kSuffixLeft,
  kSuffixRight,
  kPlace,
  kSentenceCase,
  kPrefix,
  kPrefixEnd = kPrefix + kMaxAffix,
  kSuffix,
  kSuffixEnd = kSuffix + kMaxAffix,
  kTrigram,
  kFourgram,
};

constexpr uint64_t kMulA = 0x9E3779B97F4A7C15ull;
constexpr uint64_t kMulB = 0xBF58476D1CE4E5B9ull;
constexpr uint64_t kMulC = 0x94D049BB133111EBull;

// One step of a running hash over code points.
uint64_t Step(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * kMulB;
  return hash ^ (hash >> 29);
}

uint64_t Pair(uint64_t a, uint64_t b) { return a * kMulA + (b ^ (b >> 31)) * kMulC; }

uint32_t Id(uint64_t feature_template, uint64_t value) {
  uint64_t x = (value ^ (value >> 32)) + (feature_template + 1) * kMulA;
  x = (x ^ (x >> 30)) * kMulB;
  x = (x ^ (x >> 27)) * kMulC;
  return static_cast<uint32_t>(x >> 32);
}

enum class CharClass : uint8_t { kUpper, kLower, kDigit, kOther };

struct Char {
  char32_t lower;
  CharClass kind;
};

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
      return {static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))), CharClass::kUpper};
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

}  // namespace

FeatureExtractor::Form FeatureExtractor::Analyse(absl::string_view token) {
  Form form{};
  lower_.clear();
  uint64_t exact = 1, word = 2, shape = 3, short_shape = 4;
  uint64_t last = ~uint64_t{0};
  bool has_lower = false;
  for (size_t position = 0; position < token.size();) {
    const char32_t c = text::DecodeUtf8(token, position);
    const Char character = Classify(c);
    lower_.push_back(character.lower);
    exact = Step(exact, c);
    word = Step(word, character.lower);
    // Other characters stand for themselves.
    const uint64_t symbol =
        character.kind == CharClass::kOther ? 16 + uint64_t{c} : static_cast<uint64_t>(character.kind);
    shape = Step(shape, symbol);
    if (symbol != last) short_shape = Step(short_shape, symbol);
    last = symbol;
    form.has_letter |= character.kind == CharClass::kUpper || character.kind == CharClass::kLower;
    has_lower |= character.kind == CharClass::kLower;
  }
  form.exact = exact;
  form.word = word;
  form.shape = shape;
  form.short_shape = short_shape;
  form.all_caps = form.has_letter && !has_lower;
  const size_t size = lower_.size();
  uint64_t suffix = 5;
  for (size_t i = 1; i <= std::min<size_t>(3, size); ++i) suffix = Step(suffix, lower_[size - i]);
  form.suffix3 = suffix;
  return form;
}

void FeatureExtractor::AddInner(std::vector<uint32_t>& ids) const {
  const size_t size = lower_.size();
  uint64_t prefix = 6, suffix = 7;
  for (size_t i = 0; i < std::min(kMaxAffix, size); ++i) {
    prefix = Step(prefix, lower_[i]);
    ids.push_back(Id(kPrefix + i, prefix));
    suffix = Step(suffix, lower_[size - 1 - i]);
    ids.push_back(Id(kSuffix + i, suffix));
  }
  // ^ and $ are U+0002 and U+0003: no characters of text.
  std::array<char32_t, kMaxGramCodePoints + 2> padded;
  size_t n = 0;
  padded[n++] = 2;
  for (size_t i = 0; i < std::min(size, kMaxGramCodePoints); ++i) padded[n++] = lower_[i];
  if (size <= kMaxGramCodePoints) padded[n++] = 3;
  for (size_t i = 0; i + 3 <= n; ++i) {
    const uint64_t three = (uint64_t{padded[i]} << 42) | (uint64_t{padded[i + 1]} << 21) | padded[i + 2];
    ids.push_back(Id(kTrigram, Step(8, three)));
    if (i + 4 <= n) ids.push_back(Id(kFourgram, Step(Step(9, three), padded[i + 3])));
  }
}

void FeatureExtractor::Extract(absl::Span<const absl::string_view> tokens, TextFeatures& features) {
  features.ids.clear();
  features.begins.clear();
  if (tokens.empty()) return;

  const size_t n = tokens.size();
  forms_.assign(n + 2 * kWindow, Form{});
  for (int i = 0; i < kWindow; ++i) {
    forms_[i] = Form{.exact = 11, .word = 11, .shape = 11, .short_shape = 11, .suffix3 = 11};
    forms_[n + kWindow + i] = Form{.exact = 12, .word = 12, .shape = 12, .short_shape = 12, .suffix3 = 12};
  }
  std::vector<uint32_t>& ids = features.ids;
  features.begins.reserve(n + 1);
  bool any_letter = false, all_caps = true;
  for (size_t t = 0; t < n; ++t) {
    features.begins.push_back(static_cast<uint32_t>(ids.size()));
    Form& form = forms_[t + kWindow] = Analyse(tokens[t]);
    any_letter |= form.has_letter;
    all_caps &= form.all_caps || !form.has_letter;
    ids.resize(ids.size() + kNumContext);
    AddInner(ids);
  }
  features.begins.push_back(static_cast<uint32_t>(ids.size()));
  const uint64_t sentence_case = any_letter && all_caps;
  for (size_t t = 0; t < n; ++t) {
    const uint64_t place = (t == 0 ? 1 : 0) + (t + 1 == n ? 2 : 0);
    AddContext(&forms_[t + kWindow], place, sentence_case, &ids[features.begins[t]]);
  }
}

void FeatureExtractor::AddContext(const Form* at, uint64_t place, uint64_t sentence_case, uint32_t* out) {
  const Form& here = *at;
  *out++ = Id(kBias, 0);
  for (int d = -kWindow; d <= kWindow; ++d) *out++ = Id(kWord + kWindow + d, at[d].word);
  *out++ = Id(kExactWord, here.exact);
  *out++ = Id(kWordBigramLeft, Pair(at[-1].word, here.word));
  *out++ = Id(kWordBigramRight, Pair(here.word, at[1].word));
  *out++ = Id(kWordBigramFarLeft, Pair(at[-2].word, at[-1].word));
  *out++ = Id(kWordBigramFarRight, Pair(at[1].word, at[2].word));
  for (int d = -1; d <= 1; ++d) *out++ = Id(kShape + 1 + d, at[d].shape);
  for (int d = -2; d <= 2; ++d) *out++ = Id(kShortShape + 2 + d, at[d].short_shape);
  *out++ = Id(kShapeBigramLeft, Pair(at[-1].short_shape, here.short_shape));
  *out++ = Id(kShapeBigramRight, Pair(here.short_shape, at[1].short_shape));
  *out++ = Id(kShapeTrigram, Pair(Pair(at[-1].short_shape, here.short_shape), at[1].short_shape));
  *out++ = Id(kWordLeftShape, Pair(at[-1].word, here.short_shape));
  *out++ = Id(kWordRightShape, Pair(at[1].word, here.short_shape));
  *out++ = Id(kSuffixLeft, at[-1].suffix3);
  *out++ = Id(kSuffixRight, at[1].suffix3);
  *out++ = Id(kPlace, Pair(place, here.short_shape));
  *out++ = Id(kSentenceCase, sentence_case);
}

}  // namespace winnow::ner

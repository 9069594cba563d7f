#include "common/ner/features.h"

#include <algorithm>
#include <array>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/ner/word_form.h"
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
  // What the lexicon knows.
  kClass,  // by granularity, -2 .. +2
  kClassEnd = kClass + 5 * kNumGranularities - 1,
  kClassBigramLeft,  // by granularity
  kClassBigramLeftEnd = kClassBigramLeft + kNumGranularities - 1,
  kClassBigramRight,
  kClassBigramRightEnd = kClassBigramRight + kNumGranularities - 1,
  kClassShape,
  kClassShapeEnd = kClassShape + kNumGranularities - 1,
  kClassTrigram,
  kClassTrigramEnd = kClassTrigram + kNumGranularities - 1,
  kCaseProfile,  // -1 .. +1
  kCaseProfileEnd = kCaseProfile + 2,
  kCaseProfileShape,
};

constexpr uint64_t kMulA = 0x9E3779B97F4A7C15ull;
constexpr uint64_t kMulB = 0xBF58476D1CE4E5B9ull;
constexpr uint64_t kMulC = 0x94D049BB133111EBull;

uint64_t Pair(uint64_t a, uint64_t b) { return a * kMulA + (b ^ (b >> 31)) * kMulC; }

uint32_t Id(uint64_t feature_template, uint64_t value) {
  uint64_t x = (value ^ (value >> 32)) + (feature_template + 1) * kMulA;
  x = (x ^ (x >> 30)) * kMulB;
  x = (x ^ (x >> 27)) * kMulC;
  return static_cast<uint32_t>(x >> 32);
}

}  // namespace

FeatureExtractor::Form FeatureExtractor::Analyse(absl::string_view token) {
  Form form{};
  lower_.clear();
  uint64_t exact = 1, word = kWordHashSeed, shape = 3, short_shape = 4;
  uint64_t last = ~uint64_t{0};
  bool has_lower = false;
  for (size_t position = 0; position < token.size();) {
    const char32_t c = text::DecodeUtf8(token, position);
    const Char character = Classify(c);
    lower_.push_back(character.lower);
    exact = HashStep(exact, c);
    word = HashStep(word, character.lower);
    // Other characters stand for themselves.
    const uint64_t symbol =
        character.kind == CharClass::kOther ? 16 + uint64_t{c} : static_cast<uint64_t>(character.kind);
    shape = HashStep(shape, symbol);
    if (symbol != last) short_shape = HashStep(short_shape, symbol);
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
  for (size_t i = 1; i <= std::min<size_t>(3, size); ++i) suffix = HashStep(suffix, lower_[size - i]);
  form.suffix3 = suffix;
  return form;
}

void FeatureExtractor::AddInner(std::vector<uint32_t>& ids) const {
  const size_t size = lower_.size();
  uint64_t prefix = 6, suffix = 7;
  for (size_t i = 0; i < std::min(kMaxAffix, size); ++i) {
    prefix = HashStep(prefix, lower_[i]);
    ids.push_back(Id(kPrefix + i, prefix));
    suffix = HashStep(suffix, lower_[size - 1 - i]);
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
    ids.push_back(Id(kTrigram, HashStep(8, three)));
    if (i + 4 <= n) ids.push_back(Id(kFourgram, HashStep(HashStep(9, three), padded[i + 3])));
  }
}

void FeatureExtractor::Extract(absl::Span<const absl::string_view> tokens, const Lexicon* lexicon,
                               TextFeatures& features, double dropout, uint64_t seed) {
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
  if (lexicon != nullptr) AddLexicon(*lexicon, dropout, seed, features);
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

// Inserts the features of the lexicon behind the others of each token.
void FeatureExtractor::AddLexicon(const Lexicon& lexicon, double dropout, uint64_t seed, TextFeatures& features) {
  const size_t n = features.num_tokens();
  Random random(seed);
  entries_.assign(n + 4, nullptr);
  for (size_t t = 0; t < n; ++t) entries_[t + 2] = lexicon.Find(forms_[t + kWindow].word);
  std::swap(features, plain_);
  features.ids.clear();
  features.begins.clear();
  const auto add = [&](uint64_t feature_template, uint64_t value) {
    features.ids.push_back(Id(feature_template, MixHash(value, lexicon.digest())));
  };
  for (size_t t = 0; t < n; ++t) {
    features.begins.push_back(static_cast<uint32_t>(features.ids.size()));
    const auto ids = plain_.of(t);
    features.ids.insert(features.ids.end(), ids.begin(), ids.end());
    if (dropout > 0 && random.Uniform() < dropout) continue;
    const WordEntry* const* at = &entries_[t + 2];
    const uint64_t shape = forms_[t + kWindow].short_shape;
    const auto has_classes = [&](int d) { return at[d] != nullptr && at[d]->has_classes(); };
    for (size_t g = 0; g < kNumGranularities; ++g) {
      const auto class_at = [&](int d) -> uint64_t {
        return g == 0 ? at[d]->coarse() : g == 1 ? at[d]->middle() : at[d]->fine();
      };
      for (int d = -2; d <= 2; ++d) {
        if (has_classes(d)) add(kClass + 5 * g + static_cast<uint64_t>(d + 2), class_at(d));
      }
      if (has_classes(-1) && has_classes(0)) add(kClassBigramLeft + g, Pair(class_at(-1), class_at(0)));
      if (has_classes(0) && has_classes(1)) add(kClassBigramRight + g, Pair(class_at(0), class_at(1)));
      if (has_classes(0)) add(kClassShape + g, Pair(class_at(0), shape));
      if (has_classes(-1) && has_classes(1)) add(kClassTrigram + g, Pair(class_at(-1), class_at(1)));
    }
    for (int d = -1; d <= 1; ++d) {
      if (at[d] != nullptr) add(kCaseProfile + static_cast<uint64_t>(d + 1), at[d]->case_profile());
    }
    if (at[0] != nullptr) add(kCaseProfileShape, Pair(at[0]->case_profile(), shape));
  }
  features.begins.push_back(static_cast<uint32_t>(features.ids.size()));
}

}  // namespace winnow::ner

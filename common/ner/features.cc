#include "common/ner/features.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/base/hash.h"
#include "common/base/random.h"
#include "common/ner/word_form.h"
#include "common/text/utf8.h"

namespace winnow::ner {
namespace {

constexpr size_t kMaxAffix = 5;
// Character n-grams are taken from this many code points of a token; affixes cover the rest of
// longer ones.
constexpr size_t kMaxGramCodePoints = 24;
constexpr int kReach = FeatureExtractor::kReach;

enum Template : uint64_t {
  kBias,
  kWord,  // one per offset from -kReach
  kWordEnd = kWord + 2 * kReach,
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
  // These come from the lexicon.
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
  kPattern,
  kCharactersBeforeShape,
  kCharactersBehindShape,
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

uint64_t ClassOf(const WordEntry& entry, size_t granularity) {
  return granularity == 0 ? entry.coarse() : granularity == 1 ? entry.middle() : entry.fine();
}

// Writes ids of features of the lexicon. Its digest is in them: the classes of another lexicon mean
// something else.
struct LexiconIds {
  uint64_t digest;
  uint32_t* out;

  void Add(uint64_t feature_template, uint64_t value) {
    *out++ = Id(feature_template, MixHash(value, digest));
  }
};

// What a character is in a shape: its kind or its script; others stand for themselves.
uint64_t SymbolOf(CharClass kind, text::UnspacedScript script, char32_t c) {
  if (script != text::UnspacedScript::kNone) return 4 + static_cast<uint64_t>(script);
  return kind == CharClass::kOther ? 16 + uint64_t{c} : static_cast<uint64_t>(kind);
}

bool HasClasses(const WordEntry* entry) { return entry != nullptr && entry->has_classes(); }

// Adds what a lexicon's entry for a word gives to the token at `offset` from it.
void AddEntry(const WordForms& forms, const WordEntry& entry, int offset, LexiconIds& ids) {
  const int distance = std::abs(offset);
  for (size_t g = 0; g < kNumGranularities && entry.has_classes(); ++g) {
    const uint64_t word_class = ClassOf(entry, g);
    ids.Add(kClass + 5 * g + static_cast<uint64_t>(offset + 2), word_class);
    if (distance == 0) ids.Add(kClassShape + g, Pair(word_class, forms.short_shape));
  }
  if (distance < 2) ids.Add(kCaseProfile + static_cast<uint64_t>(offset + 1), entry.case_profile());
  if (distance == 0) ids.Add(kCaseProfileShape, Pair(entry.case_profile(), forms.short_shape));
}

// Adds what the i-th lexicon's classes of the token at[0] and its neighbours give together.
void AddClassPairs(const WordForms* at, size_t i, LexiconIds& ids) {
  const auto entry_at = [&](int d) { return at[d].entries[i]; };
  const bool left = HasClasses(entry_at(-1)), own = HasClasses(entry_at(0)),
             right = HasClasses(entry_at(1));
  for (size_t g = 0; g < kNumGranularities; ++g) {
    const auto class_at = [&](int d) { return ClassOf(*entry_at(d), g); };
    if (left && own) ids.Add(kClassBigramLeft + g, Pair(class_at(-1), class_at(0)));
    if (own && right) ids.Add(kClassBigramRight + g, Pair(class_at(0), class_at(1)));
    if (left && right) ids.Add(kClassTrigram + g, Pair(class_at(-1), class_at(1)));
  }
}

}  // namespace

WordForms FeatureExtractor::Analyse(absl::string_view token, const Lexicons& lexicons) {
  WordForms forms;
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
    const text::UnspacedScript script = text::UnspacedScriptOf(c);
    if (lower_.size() == 1) forms.script = script;
    const uint64_t symbol = SymbolOf(character.kind, script, c);
    shape = HashStep(shape, symbol);
    if (symbol != last) short_shape = HashStep(short_shape, symbol);
    last = symbol;
    forms.has_letter |= character.kind == CharClass::kUpper || character.kind == CharClass::kLower;
    has_lower |= character.kind == CharClass::kLower;
  }
  forms.exact = exact;
  forms.word = word;
  forms.shape = shape;
  forms.short_shape = short_shape;
  forms.all_caps = forms.has_letter && !has_lower;
  const size_t size = lower_.size();
  uint64_t suffix = 5;
  for (size_t i = 1; i <= std::min<size_t>(3, size); ++i)
    suffix = HashStep(suffix, lower_[size - i]);
  forms.suffix3 = suffix;
  for (size_t i = 0; i < lexicons.size(); ++i) forms.entries[i] = lexicons[i]->Find(word);
  return forms;
}

uint32_t* FeatureExtractor::AddCharacters(uint32_t* out) const {
  const size_t size = lower_.size();
  uint64_t prefix = 6, suffix = 7;
  for (size_t i = 0; i < std::min(kMaxAffix, size); ++i) {
    prefix = HashStep(prefix, lower_[i]);
    *out++ = Id(kPrefix + i, prefix);
    suffix = HashStep(suffix, lower_[size - 1 - i]);
    *out++ = Id(kSuffix + i, suffix);
  }

  // Marks for the beginning and the end, U+0002 and U+0003, are no characters of text. A word that
  // is cut off has no end.
  std::array<char32_t, kMaxGramCodePoints + 2> padded;
  size_t n = 0;
  padded[n++] = 2;
  for (size_t i = 0; i < std::min(size, kMaxGramCodePoints); ++i) padded[n++] = lower_[i];
  if (size <= kMaxGramCodePoints) padded[n++] = 3;
  for (size_t i = 0; i + 3 <= n; ++i) {
    const uint64_t three =
        (uint64_t{padded[i]} << 42) | (uint64_t{padded[i + 1]} << 21) | padded[i + 2];
    *out++ = Id(kTrigram, HashStep(8, three));
    if (i + 4 <= n) *out++ = Id(kFourgram, HashStep(HashStep(9, three), padded[i + 3]));
  }
  return out;
}

uint32_t* FeatureExtractor::AddAlone(const WordForms& forms, int offset, const Lexicons& lexicons,
                                     uint32_t* out) {
  // The farther away a token is, the less is told of it.
  const int distance = std::abs(offset);
  *out++ = Id(kWord + kReach + offset, forms.word);
  if (distance > 2) return out;
  *out++ = Id(kShortShape + 2 + offset, forms.short_shape);
  if (distance < 2) *out++ = Id(kShape + 1 + offset, forms.shape);
  if (distance == 0) *out++ = Id(kExactWord, forms.exact);
  if (distance == 1) *out++ = Id(offset < 0 ? kSuffixLeft : kSuffixRight, forms.suffix3);
  for (size_t i = 0; i < lexicons.size(); ++i) {
    if (forms.entries[i] == nullptr) continue;
    LexiconIds ids{lexicons[i]->digest(), out};
    AddEntry(forms, *forms.entries[i], offset, ids);
    out = ids.out;
  }
  return out;
}

uint32_t FeatureExtractor::EveryToken() { return Id(kBias, 0); }

uint32_t* FeatureExtractor::AddTogether(const WordForms* at, bool first, bool last, bool all_caps,
                                        const Lexicons& lexicons, uint32_t* out) {
  const WordForms& here = *at;
  *out++ = EveryToken();
  *out++ = Id(kWordBigramLeft, Pair(at[-1].word, here.word));
  *out++ = Id(kWordBigramRight, Pair(here.word, at[1].word));
  *out++ = Id(kWordBigramFarLeft, Pair(at[-2].word, at[-1].word));
  *out++ = Id(kWordBigramFarRight, Pair(at[1].word, at[2].word));
  *out++ = Id(kShapeBigramLeft, Pair(at[-1].short_shape, here.short_shape));
  *out++ = Id(kShapeBigramRight, Pair(here.short_shape, at[1].short_shape));
  *out++ = Id(kShapeTrigram, Pair(Pair(at[-1].short_shape, here.short_shape), at[1].short_shape));
  *out++ = Id(kWordLeftShape, Pair(at[-1].word, here.short_shape));
  *out++ = Id(kWordRightShape, Pair(at[1].word, here.short_shape));
  *out++ = Id(kPlace, Pair((first ? 1 : 0) + (last ? 2 : 0), here.short_shape));
  *out++ = Id(kSentenceCase, all_caps);
  if (here.script != text::UnspacedScript::kNone) {
    *out++ = Id(kCharactersBeforeShape, Pair(Pair(at[-1].word, here.word), at[1].short_shape));
    *out++ = Id(kCharactersBehindShape, Pair(at[-1].short_shape, Pair(here.word, at[1].word)));
  }
  for (size_t i = 0; i < lexicons.size(); ++i) {
    LexiconIds ids{lexicons[i]->digest(), out};
    AddClassPairs(at, i, ids);
    out = ids.out;
  }
  return out;
}

void FeatureExtractor::FindPatterns(const PatternSet* patterns,
                                    absl::Span<const absl::string_view> tokens) {
  of_patterns_.clear();
  if (patterns == nullptr) return;
  // Matches within a longer one of the same label would only repeat it.
  matcher_.FindMatches(*patterns, tokens, matches_);
  KeepLongest(matches_);
  for (const PatternMatch& match : matches_) {
    const uint64_t label = Hash64(patterns->labels()[match.span.label]);
    for (uint32_t t = match.span.begin; t < match.span.end; ++t) {
      // Whether a match begins or ends here matters to the tags, B and E, that the token may have.
      const uint64_t place = (t == match.span.begin ? 1 : 0) + (t + 1 == match.span.end ? 2 : 0);
      of_patterns_.push_back({t, Id(kPattern, Pair(label, place))});
    }
  }
  std::sort(of_patterns_.begin(), of_patterns_.end());
}

uint32_t* FeatureExtractor::AddPatterns(size_t token, uint32_t* out) const {
  const std::pair<uint32_t, uint32_t> first(static_cast<uint32_t>(token), 0);
  size_t num_added = 0;
  for (auto it = std::lower_bound(of_patterns_.begin(), of_patterns_.end(), first);
       it != of_patterns_.end() && it->first == token && num_added < kMaxOfPatterns;
       ++it, ++num_added) {
    *out++ = it->second;
  }
  return out;
}

void FeatureExtractor::Extract(absl::Span<const absl::string_view> tokens,
                               const Knowledge& knowledge, TextFeatures& features, double dropout,
                               uint64_t seed) {
  features.ids.clear();
  features.begins.clear();
  features.num_characters = 0;
  if (tokens.empty()) return;

  const size_t n = tokens.size();
  const Lexicons none;
  FindPatterns(knowledge.patterns.get(), tokens);

  // Each token is analysed once, and then seen from its neighbours.
  Random random(seed);
  AllCaps all_caps;
  forms_.assign(kReach, Before());
  characters_.clear();
  character_begins_.assign(1, 0);
  std::array<uint32_t, kMaxFeatures> ids;
  for (const absl::string_view token : tokens) {
    forms_.push_back(Analyse(token, knowledge.lexicons));
    all_caps.Add(forms_.back());
    features.num_characters += forms_.back().script != text::UnspacedScript::kNone;
    characters_.insert(characters_.end(), ids.data(), AddCharacters(ids.data()));
    character_begins_.push_back(static_cast<uint32_t>(characters_.size()));
  }
  forms_.resize(n + 2 * kReach, Behind());
  for (size_t t = 0; t < n; ++t) {
    features.begins.push_back(static_cast<uint32_t>(features.ids.size()));
    const WordForms* at = &forms_[t + kReach];
    // A part of the tokens goes without lexicons, so that the model does not rely on them alone.
    const bool dropped = dropout > 0 && random.Uniform() < dropout;
    const Lexicons& known = dropped ? none : knowledge.lexicons;
    uint32_t* out =
        AddTogether(at, t == 0, t + 1 == n, static_cast<bool>(all_caps), known, ids.data());
    for (int d = -kReach; d <= kReach; ++d) out = AddAlone(at[d], d, known, out);
    out = std::copy(characters_.data() + character_begins_[t],
                    characters_.data() + character_begins_[t + 1], out);
    out = AddPatterns(t, out);
    features.ids.insert(features.ids.end(), ids.data(), out);
  }
  features.begins.push_back(static_cast<uint32_t>(features.ids.size()));
}

}  // namespace winnow::ner

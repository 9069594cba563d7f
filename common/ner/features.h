// The model sees of a token hashed binary features of it and its neighbourhood.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/knowledge.h"
#include "common/ner/lexicon.h"
#include "common/ner/patterns.h"
#include "common/text/scripts.h"

namespace winnow::ner {

// Goes into every model file; to be raised with any change of what Extract gives, or of the tokens.
inline constexpr uint32_t kFeatureVersion = 2;
// Models from this version on are read. Their texts have the same features still, but for scripts
// without spaces between words (text/scripts.h), whose sentences were single tokens to version 1.
inline constexpr uint32_t kOldestFeatureVersion = 1;

// The features of the tokens of one text, one after the other. A feature is 32 bits of a well-mixed
// hash; a model of 2^B hashed features uses the upper B bits.
struct TextFeatures {
  std::vector<uint32_t> ids;
  // Token t has ids[begins[t]] to ids[begins[t + 1] - 1]; size num_tokens + 1, or empty for no
  // tokens.
  std::vector<uint32_t> begins;
  // Of the tokens, those that are characters of scripts without spaces.
  uint32_t num_characters = 0;

  size_t num_tokens() const { return begins.empty() ? 0 : begins.size() - 1; }
  absl::Span<const uint32_t> of(size_t token) const {
    return absl::MakeConstSpan(ids).subspan(begins[token], begins[token + 1] - begins[token]);
  }
};

// A token gives hashes of forms of it to its own features and to those of its neighbours.
struct WordForms {
  uint64_t exact = 0;
  uint64_t word = 0;         // lower case, digits as 0
  uint64_t shape = 0;        // Xxxx00; of unspaced scripts the script
  uint64_t short_shape = 0;  // the same, runs collapsed
  uint64_t suffix3 = 0;      // of word
  // That of its first character.
  text::UnspacedScript script = text::UnspacedScript::kNone;
  bool has_letter = false;
  bool all_caps = false;  // has letters, none of lower case
  // The entries that the lexicons have for the word; null: none.
  std::array<const WordEntry*, kMaxLexicons> entries = {};
};

// Extracts features. Scratch memory that belongs to its caller; not thread-safe. What it gives
// depends on the tokens only.
class FeatureExtractor {
 public:
  // A token gives features to those up to this far to either side.
  static constexpr int kReach = 4;
  // At most so many features has a token, however long it is.
  static constexpr size_t kMaxFeatures = 248;
  // At most so many of these are of several tokens together, and so many of patterns: features of
  // further labels are left out.
  static constexpr size_t kMaxTogether = 52;
  static constexpr size_t kMaxOfPatterns = 32;

  // The feature that every token has.
  static uint32_t EveryToken();

  // Replaces `features` by those of `tokens`, which are UTF-8 (ill-formed bytes count as U+FFFD)
  // and together one text; see PatternMatcher for where they lie in memory. For each lexicon there
  // are features of what it knows of the words; they are mixed with its digest, so that another
  // lexicon gives other features. A share of `dropout` of the tokens, which `seed` chooses, goes
  // without: learnt from such tokens, too, the other features hold for words that no lexicon knows.
  // With patterns there is one feature for each label of which a longest match covers the token:
  // the label, and whether the match begins or ends there. They are the same for any patterns of
  // the label, so that lists may grow.
  void Extract(absl::Span<const absl::string_view> tokens, const Knowledge& knowledge,
               TextFeatures& features, double dropout = 0, uint64_t seed = 0);

  // The pieces that Extract puts together, for scorer.h: the features of token t are those that
  // each token within reach gives alone, whatever stands beside it, and those of several tokens
  // together. Each writes up to kMaxFeatures ids and returns their end.

  // The forms of one token.
  WordForms Analyse(absl::string_view token, const Lexicons& lexicons);
  // Adds the features of the characters of the token analysed last, for itself.
  uint32_t* AddCharacters(uint32_t* out) const;
  // Adds those that a token gives to the one from which it is `offset` (-kReach to kReach) to the
  // right.
  static uint32_t* AddAlone(const WordForms& forms, int offset, const Lexicons& lexicons,
                            uint32_t* out);
  // Adds those of the token at[0] and its neighbours together; at[-2] to at[2] are read, Before()
  // and Behind() where the text ends.
  static uint32_t* AddTogether(const WordForms* at, bool first, bool last, bool all_caps,
                               const Lexicons& lexicons, uint32_t* out);
  // Finds what the patterns (may be null) match in the tokens of a text, and adds what that gives
  // to one of them.
  void FindPatterns(const PatternSet* patterns, absl::Span<const absl::string_view> tokens);
  uint32_t* AddPatterns(size_t token, uint32_t* out) const;
  static WordForms Before() {
    return {.exact = 11, .word = 11, .shape = 11, .short_shape = 11, .suffix3 = 11};
  }
  static WordForms Behind() {
    return {.exact = 12, .word = 12, .shape = 12, .short_shape = 12, .suffix3 = 12};
  }

 private:
  std::vector<char32_t> lower_;  // of the token analysed last
  std::vector<WordForms> forms_;
  std::vector<uint32_t> characters_, character_begins_;
  PatternMatcher matcher_;
  std::vector<PatternMatch> matches_;
  // Tokens with the features that matches give them, ascending.
  std::vector<std::pair<uint32_t, uint32_t>> of_patterns_;
};

// Whether a text is in capitals: some token has letters, and those that have are all capitals. Add
// each token's forms.
class AllCaps {
 public:
  void Add(const WordForms& forms) {
    any_letter_ |= forms.has_letter;
    all_caps_ &= forms.all_caps || !forms.has_letter;
  }
  explicit operator bool() const { return any_letter_ && all_caps_; }

 private:
  bool any_letter_ = false;
  bool all_caps_ = true;
};

}  // namespace winnow::ner

// What the model sees of a token: hashed binary features of the token and its neighbourhood.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/ner/lexicon.h"

namespace winnow::ner {

// Goes into every model file; to be raised with any change of what Extract gives.
inline constexpr uint32_t kFeatureVersion = 1;

// The features of the tokens of one text, one after the other. A feature is 32 bits of a well-mixed hash; a model of
// 2^B hashed features uses the upper B bits.
struct TextFeatures {
  std::vector<uint32_t> ids;
  // Token t has ids[begins[t]] to ids[begins[t + 1] - 1]; size num_tokens + 1, or empty for no tokens.
  std::vector<uint32_t> begins;

  size_t num_tokens() const { return begins.empty() ? 0 : begins.size() - 1; }
  absl::Span<const uint32_t> of(size_t token) const {
    return absl::MakeConstSpan(ids).subspan(begins[token], begins[token + 1] - begins[token]);
  }
};

// Extracts features. Scratch memory that belongs to its caller; not thread-safe. What it gives depends on the tokens
// only.
class FeatureExtractor {
 public:
  // Replaces `features` by those of `tokens`, which are UTF-8 (ill-formed bytes count as U+FFFD) and together one text.
  // At most about 130 per token, however long it is.
  // With a lexicon there are features of what it knows of the words; they are mixed with its digest, so that another
  // lexicon gives other features. A share of `dropout` of the tokens, which `seed` chooses, goes without: learnt from
  // such tokens, too, the other features hold for words that the lexicon does not know.
  void Extract(absl::Span<const absl::string_view> tokens, const Lexicon* lexicon, TextFeatures& features,
               double dropout = 0, uint64_t seed = 0);

 private:
  // What a token gives to its own and its neighbours' features: hashes of forms of it.
  struct Form {
    uint64_t exact = 0;
    uint64_t word = 0;         // lower case, digits as 0
    uint64_t shape = 0;        // Xxxx00
    uint64_t short_shape = 0;  // the same, runs collapsed
    uint64_t suffix3 = 0;      // of word
    bool has_letter = false;
    bool all_caps = false;     // has letters, none of lower case
  };

  // Number of features of a token that its neighbourhood gives; the others come from its characters.
  static constexpr size_t kNumContext = 32;

  Form Analyse(absl::string_view token);
  void AddInner(std::vector<uint32_t>& ids) const;
  static void AddContext(const Form* at, uint64_t place, uint64_t sentence_case, uint32_t* out);

  void AddLexicon(const Lexicon& lexicon, double dropout, uint64_t seed, TextFeatures& features);

  std::vector<char32_t> lower_;  // of the token analysed last
  std::vector<Form> forms_;
  std::vector<const WordEntry*> entries_;
  TextFeatures plain_;
};

}  // namespace winnow::ner

// From a text to its entities: tokenizer, features, model and decoder in one call.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/features.h"
#include "common/ner/lattice.h"
#include "common/ner/model.h"
#include "common/ner/scorer.h"
#include "common/text/tokenizer.h"

namespace winnow::ner {

// A span with its probability, [start, end) in code points of the text.
struct ScoredSpan {
  uint32_t start = 0;
  uint32_t end = 0;
  // Index into Model::labels.
  uint32_t label = 0;
  // At the model's temperature; in [0, 1]; within 1e-5 of what Lattice gives.
  double probability = 0;
};

// Scratch memory that belongs to its caller and serves any number of models and texts; not
// thread-safe.
class Tagger {
 public:
  // Replaces `spans` by those that the model predicts (decode.h), ascending.
  void Tag(const Model& model, absl::string_view text, std::vector<ScoredSpan>& spans);

  // Replaces `candidates` by all spans with probability >= min_probability, ascending by start,
  // end, label; and `predicted`, unless it is null, by what Tag gives. REQUIRES: min_probability >
  // 0.
  void FindCandidates(const Model& model, absl::string_view text, double min_probability,
                      std::vector<ScoredSpan>& candidates,
                      std::vector<ScoredSpan>* predicted = nullptr);

  // As Tag, and returns the natural logarithm of the probability that the spans of the labels that
  // are `asked` (by label) are exactly the predicted ones, whatever the others are: log Z_w - log Z
  // of the lattice in which they are fixed. <= 0; minus infinity for less than 1e-300. 0 for a text
  // without tokens.
  double TagAndJudge(const Model& model, absl::string_view text, const std::vector<bool>& asked,
                     std::vector<ScoredSpan>& spans);

  // The tokens of the text of the last call.
  const std::vector<text::Token>& tokens() const { return tokens_; }

 private:
  // Fills token_candidates_.
  void Find(const Model& model, absl::string_view text, double min_probability);
  void Predict(const Model& model, std::vector<ScoredSpan>& spans);
  ScoredSpan InText(const TokenSpan& span, double probability) const;

  std::vector<text::Token> tokens_;
  std::vector<absl::string_view> forms_;
  Scorer scorer_;
  std::vector<float> scores_;
  CandidateFinder finder_;
  Decoder decoder_;
  std::vector<Candidate> token_candidates_, token_spans_;
  // For TagAndJudge.
  Lattice lattice_;
};

// The features of a raw text and its tokens, which an Example is made of; otherwise as
// FeatureExtractor::Extract.
void ExtractFeatures(absl::string_view text, absl::Span<const text::Token> tokens,
                     const Knowledge& knowledge, FeatureExtractor& extractor,
                     TextFeatures& features, double dropout = 0, uint64_t seed = 0);

}  // namespace winnow::ner

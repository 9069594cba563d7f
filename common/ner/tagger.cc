#include "common/ner/tagger.h"

namespace winnow::ner {

void ExtractFeatures(absl::string_view text, absl::Span<const text::Token> tokens,
                     const Knowledge& knowledge, FeatureExtractor& extractor,
                     TextFeatures& features, double dropout, uint64_t seed) {
  extractor.Extract(text::Forms(text, tokens), knowledge, features, dropout, seed);
}

void Tagger::Score(const Model& model, absl::string_view text) {
  tokens_.clear();
  text::Tokenize(text, tokens_);
  text::Forms(text, tokens_, forms_);
  scorer_.Score(model, forms_, scores_);
}

ScoredSpan Tagger::InText(const TokenSpan& span, double probability) const {
  return {tokens_[span.begin].start, tokens_[span.end - 1].end, span.label, probability};
}

void Tagger::Tag(const Model& model, absl::string_view text, std::vector<ScoredSpan>& spans) {
  spans.clear();
  Score(model, text);
  decoder_.Decode(scores_, tokens_.size(), model.transition_factors(), model.thresholds(),
                  token_candidates_);
  for (const Candidate& candidate : token_candidates_)
    spans.push_back(InText(candidate.span, candidate.probability));
}

void Tagger::FindCandidates(const Model& model, absl::string_view text, double min_probability,
                            std::vector<ScoredSpan>& candidates) {
  candidates.clear();
  Score(model, text);
  if (!lattice_.Forward(scores_, tokens_.size(), model.transition_factors())) return;
  lattice_.Backward();
  ner::FindCandidates(lattice_, min_probability, token_candidates_);
  for (const Candidate& candidate : token_candidates_) {
    candidates.push_back(InText(candidate.span, candidate.probability));
  }
}

}  // namespace winnow::ner

#include "common/ner/tagger.h"

#include <algorithm>

#include "absl/algorithm/container.h"

namespace winnow::ner {

void ExtractFeatures(absl::string_view text, absl::Span<const text::Token> tokens,
                     const Knowledge& knowledge, FeatureExtractor& extractor,
                     TextFeatures& features, double dropout, uint64_t seed) {
  extractor.Extract(text::Forms(text, tokens), knowledge, features, dropout, seed);
}

void Tagger::Find(const Model& model, absl::string_view text, double min_probability) {
  tokens_.clear();
  text::Tokenize(text, tokens_);
  text::Forms(text, tokens_, forms_);
  scorer_.Score(model, forms_, scores_);
  finder_.Find(scores_, tokens_.size(), model.transition_factors(), min_probability,
               token_candidates_);
}

void Tagger::Predict(const Model& model, std::vector<ScoredSpan>& spans) {
  spans.clear();
  decoder_.Choose(token_candidates_, tokens_.size(), model.thresholds(), token_spans_);
  for (const Candidate& span : token_spans_) spans.push_back(InText(span.span, span.probability));
}

ScoredSpan Tagger::InText(const TokenSpan& span, double probability) const {
  return {tokens_[span.begin].start, tokens_[span.end - 1].end, span.label, probability};
}

void Tagger::Tag(const Model& model, absl::string_view text, std::vector<ScoredSpan>& spans) {
  Find(model, text, *absl::c_min_element(model.thresholds()));
  Predict(model, spans);
}

void Tagger::FindCandidates(const Model& model, absl::string_view text, double min_probability,
                            std::vector<ScoredSpan>& candidates,
                            std::vector<ScoredSpan>* predicted) {
  const double lowest = predicted == nullptr ? 1 : *absl::c_min_element(model.thresholds());
  Find(model, text, std::min(lowest, min_probability));
  candidates.clear();
  for (const Candidate& candidate : token_candidates_) {
    if (candidate.probability >= min_probability)
      candidates.push_back(InText(candidate.span, candidate.probability));
  }
  if (predicted != nullptr) Predict(model, *predicted);
}

}  // namespace winnow::ner

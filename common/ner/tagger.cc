#include "common/ner/tagger.h"

#include <algorithm>
#include <iterator>
#include <limits>

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

double Tagger::TagAndJudge(const Model& model, absl::string_view text,
                           const std::vector<bool>& asked, std::vector<ScoredSpan>& spans) {
  Tag(model, text, spans);
  const size_t n = tokens_.size();
  if (n == 0) return 0;
  const TagSet tags = model.tags();
  const auto num_tags = static_cast<size_t>(tags.num_tags());
  // A token outside of the predicted spans may have any tag of the labels that are not asked.
  std::vector<uint8_t> free(num_tags, 1);
  for (int tag = 1; tag < tags.num_tags(); ++tag)
    free[static_cast<size_t>(tag)] = !asked[static_cast<size_t>(tags.LabelOf(tag))];
  Constraint constraint;
  for (size_t t = 0; t < n; ++t) absl::c_copy(free, std::back_inserter(constraint.allowed));
  for (const Candidate& candidate : token_spans_) {
    const TokenSpan& span = candidate.span;
    if (!asked[span.label]) continue;
    const TokenSpan alone{0, span.end - span.begin, span.label};
    const std::vector<uint16_t> path = TagsOfSpans({&alone, 1}, alone.end, tags);
    for (size_t t = span.begin; t < span.end; ++t) {
      uint8_t* allowed = &constraint.allowed[t * num_tags];
      std::fill(allowed, allowed + num_tags, uint8_t{0});
      allowed[path[t - span.begin]] = 1;
    }
  }
  const TransitionFactors& factors = model.transition_factors();
  if (!lattice_.Forward(scores_, n, factors, &constraint))
    return -std::numeric_limits<double>::infinity();
  const double log_of_labelling = lattice_.log_z();
  return lattice_.Forward(scores_, n, factors) ? std::min(0.0, log_of_labelling - lattice_.log_z())
                                               : 0;
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

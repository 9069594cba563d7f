#include "common/ner/constrained_tagger.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/algorithm/container.h"
#include "common/base/status.h"
#include "common/ner/supervision.h"

namespace winnow::ner {
namespace {

// The one labelling that is left, as a mask.
void SpellOutPath(TagSet tags, Constraint& constraint) {
  const auto num_tags = static_cast<size_t>(tags.num_tags());
  constraint.allowed.assign(constraint.path.size() * num_tags, 0);
  for (size_t t = 0; t < constraint.path.size(); ++t)
    constraint.allowed[t * num_tags + constraint.path[t]] = 1;
  constraint.path.clear();
}

}  // namespace

double ConstrainedTagger::LogZWith(const Model& model, const Constraint& constraint,
                                   const TokenSpan& span) {
  const auto num_tags = static_cast<size_t>(model.tags().num_tags());
  const TokenSpan alone{0, span.end - span.begin, span.label};
  const std::vector<uint16_t> path = TagsOfSpans({&alone, 1}, alone.end, model.tags());
  Constraint with = constraint;
  if (with.allowed.empty()) with.allowed.assign(tokens_.size() * num_tags, 1);
  for (size_t t = span.begin; t < span.end; ++t) {
    for (size_t tag = 0; tag < num_tags; ++tag)
      with.allowed[t * num_tags + tag] &= tag == path[t - span.begin];
  }
  return lattice_.Forward(scores_, tokens_.size(), model.transition_factors(), &with)
             ? lattice_.log_z()
             : -std::numeric_limits<double>::infinity();
}

void ConstrainedTagger::FindCandidates(const Model& model, const Constraint& constraint) {
  constexpr double kLeastMass = 1e-4;
  candidates_.clear();
  const TransitionFactors& factors = model.transition_factors();
  if (!lattice_.Forward(scores_, tokens_.size(), factors, &constraint)) return;
  const double log_z = lattice_.log_z();
  // Without the rejects.
  const Constraint mask{.path = {}, .allowed = constraint.allowed, .weighted = {}};
  lattice_.Forward(scores_, tokens_.size(), factors, &mask);
  const double left = std::max(kLeastMass, std::min(1.0, std::exp(log_z - lattice_.log_z())));
  lattice_.Backward();
  ner::FindCandidates(lattice_, *absl::c_min_element(model.thresholds()) * left, candidates_);
  if (constraint.weighted.empty()) return;
  for (Candidate& candidate : candidates_) {
    candidate.probability =
        std::min(1.0, std::exp(LogZWith(model, constraint, candidate.span) - log_z));
  }
}

absl::Status ConstrainedTagger::Tag(const Model& model, const storage::v1::LabelledText& labelled,
                                    std::vector<ScoredSpan>& spans) {
  spans.clear();
  tokens_.clear();
  text::Tokenize(labelled.text(), tokens_);
  WINNOW_ASSIGN_OR_RETURN(Supervision known, Compile(labelled, tokens_, model.labels()));
  if (tokens_.empty()) return absl::OkStatus();
  if (!known.constraint.path.empty()) SpellOutPath(model.tags(), known.constraint);
  text::Forms(labelled.text(), tokens_, forms_);
  scorer_.Score(model, forms_, scores_);
  FindCandidates(model, known.constraint);
  decoder_.Choose(candidates_, tokens_.size(), model.thresholds(), chosen_);
  for (const Candidate& chosen : chosen_) {
    spans.push_back({tokens_[chosen.span.begin].start, tokens_[chosen.span.end - 1].end,
                     chosen.span.label, chosen.probability});
  }
  return absl::OkStatus();
}

}  // namespace winnow::ner

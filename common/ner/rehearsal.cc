#include "common/ner/rehearsal.h"

#include "absl/algorithm/container.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice.h"

namespace winnow::ner {
namespace {

// Above a half, so that no two of the spans overlap.
constexpr double kSure = 0.6;
constexpr double kFactor = 2;

}  // namespace

void Rehearse(const Model& parent, const std::vector<bool>& labels, Example& example) {
  if (example.constraint.empty() || !example.constraint.path.empty()) return;
  std::vector<float> scores;
  parent.Score(example.features, scores);
  Lattice lattice;
  if (!lattice.Forward(scores, example.features.num_tokens(), parent.transition_factors())) return;
  lattice.Backward();
  std::vector<Candidate> candidates;
  FindCandidates(lattice, kSure, candidates);
  std::vector<WeightedSpan>& weighted = example.constraint.weighted;
  for (const Candidate& candidate : candidates) {
    const bool is_kept = candidate.span.label < labels.size() && labels[candidate.span.label];
    if (is_kept) weighted.push_back({candidate.span, kFactor});
  }
  absl::c_sort(weighted,
               [](const WeightedSpan& a, const WeightedSpan& b) { return a.span < b.span; });
}

}  // namespace winnow::ner

#include "common/ner/rehearsal.h"

#include "absl/algorithm/container.h"
#include "common/ner/candidates.h"
#include "common/ner/lattice.h"

namespace winnow::ner {
namespace {

constexpr double kSure = 0.2;
constexpr double kMaxRivals = 0.2;
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
  FindCandidates(lattice, kSure * kMaxRivals, candidates);
  const auto is_kept = [&](const Candidate& candidate) {
    return candidate.span.label < labels.size() && labels[candidate.span.label];
  };
  std::vector<WeightedSpan>& weighted = example.constraint.weighted;
  const auto is_told = [&, told = weighted](const TokenSpan& span) {
    return absl::c_any_of(told, [&](const WeightedSpan& other) { return other.span == span; });
  };
  for (const Candidate& candidate : candidates) {
    if (!is_kept(candidate) || candidate.probability < kSure || is_told(candidate.span)) continue;
    double rivals = 0;
    for (const Candidate& other : candidates) {
      if (!is_kept(other) && Overlaps(candidate.span, other.span)) rivals += other.probability;
    }
    if (rivals <= kMaxRivals * candidate.probability) weighted.push_back({candidate.span, kFactor});
  }
  absl::c_sort(weighted,
               [](const WeightedSpan& a, const WeightedSpan& b) { return a.span < b.span; });
}

}  // namespace winnow::ner

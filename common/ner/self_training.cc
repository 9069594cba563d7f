#include "common/ner/self_training.h"

#include <algorithm>
#include <vector>

#include "common/ner/candidates.h"
#include "common/ner/lattice.h"

namespace winnow::ner {
namespace {

constexpr double kAccepted = 0.6;
constexpr double kOutside = 0.05;
constexpr double kWeight = 0.3;

}  // namespace

void TeachWhatIsFound(const Model& model, Example& example) {
  const size_t n = example.features.num_tokens();
  const size_t num_tags = static_cast<size_t>(model.tags().num_tags());
  std::vector<float> scores;
  model.Score(example.features, scores);
  Lattice lattice;
  if (!lattice.Forward(scores, n, model.transition_factors())) return;
  lattice.Backward();

  std::vector<uint8_t>& allowed = example.constraint.allowed;
  allowed.assign(n * num_tags, 1);
  const auto allow_only = [&](size_t token, size_t tag) {
    std::fill_n(&allowed[token * num_tags], num_tags, uint8_t{0});
    allowed[token * num_tags + tag] = 1;
  };
  std::vector<double> marginals(num_tags);
  for (size_t t = 0; t < n; ++t) {
    lattice.Marginals(t, marginals.data());
    if (1 - marginals[0] < kOutside) allow_only(t, 0);
  }
  // More probable than not, these do not overlap.
  std::vector<Candidate> found;
  FindCandidates(lattice, kAccepted, found);
  for (const Candidate& candidate : found) {
    const std::vector<uint16_t> path = TagsOfSpans({candidate.span}, n, model.tags());
    for (uint32_t t = candidate.span.begin; t < candidate.span.end; ++t) allow_only(t, path[t]);
  }
  example.weight = kWeight;
}

}  // namespace winnow::ner

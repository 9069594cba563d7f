// Oracle for tests: inference by enumeration of all tag sequences.
#pragma once

#include <cmath>
#include <vector>

#include "absl/types/span.h"
#include "common/base/random.h"
#include "common/ner/lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {

// A small random problem.
struct SmallProblem {
  int num_labels;
  size_t num_tokens;
  std::vector<float> scores;
  Transitions transitions;

  SmallProblem(int labels, size_t tokens, Random& random, double scale = 2)
      : num_labels(labels), num_tokens(tokens), scores(tokens * 4 * labels), transitions(labels) {
    for (std::vector<float>* values : {&scores, &transitions.outside, &transitions.inside}) {
      for (float& value : *values) value = static_cast<float>(scale * (2 * random.Uniform() - 1));
    }
  }
};

// Weight of a path under a constraint: 0 or the product of factors.
inline double ConstraintFactor(const std::vector<uint16_t>& path, const Constraint& constraint,
                               TagSet tags) {
  double factor = 1;
  for (size_t t = 0; t < path.size() && !constraint.allowed.empty(); ++t) {
    factor *= constraint.allowed[t * tags.num_tags() + path[t]];
  }
  for (const TokenSpan& span : SpansOfTags(path, tags)) {
    for (const WeightedSpan& weighted : constraint.weighted) {
      if (weighted.span == span) factor *= weighted.factor;
    }
  }
  return factor;
}

// Calls visit(path, weight) for every well-formed path, weight = exp(score / temperature) *
// factors.
template <typename Visit>
void ForEachPath(const SmallProblem& problem, const Constraint& constraint, double temperature,
                 const Visit& visit) {
  const TagSet tags(problem.num_labels);
  std::vector<uint16_t> path(problem.num_tokens, 0);
  while (true) {
    const double score = PathScore(problem.scores, path, problem.transitions);
    if (std::isfinite(score)) {
      visit(path, std::exp(score / temperature) * ConstraintFactor(path, constraint, tags));
    }
    size_t t = 0;
    while (t < path.size() && ++path[t] == tags.num_tags()) path[t++] = 0;
    if (t == path.size()) return;
  }
}

inline double BruteForceZ(const SmallProblem& problem, const Constraint& constraint,
                          double temperature = 1) {
  double z = 0;
  ForEachPath(problem, constraint, temperature, [&](const auto&, double weight) { z += weight; });
  return z;
}

}  // namespace winnow::ner

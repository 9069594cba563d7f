#include "common/ner/transitions.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace winnow::ner {

TransitionFactors::TransitionFactors(const Transitions& transitions, double temperature)
    : num_labels_(static_cast<int>(transitions.inside.size() / 4)),
      stride_(PaddedToLanes(TagSet(num_labels_).num_closed())),
      inverse_temperature_(1 / temperature),
      rows_(static_cast<size_t>(TagSet(num_labels_).num_closed()) * stride_),
      columns_(rows_.size()),
      inside_(transitions.inside.size()) {
  for (size_t i = 0; i < transitions.outside.size(); ++i) SetOutside(i, transitions.outside[i]);
  for (size_t i = 0; i < inside_.size(); ++i) SetInside(i, transitions.inside[i]);
}

double TransitionFactors::Factor(float score) const {
  return std::exp(std::clamp(score * inverse_temperature_, -200.0, 200.0));
}

void TransitionFactors::SetOutside(size_t index, float score) {
  const size_t num_closed = static_cast<size_t>(TagSet(num_labels_).num_closed());
  const size_t from = index / num_closed, to = index % num_closed;
  rows_[from * stride_ + to] = columns_[to * stride_ + from] = Factor(score);
}

double PathScore(absl::Span<const float> scores, absl::Span<const uint16_t> path,
                 const Transitions& transitions) {
  const int k = static_cast<int>(transitions.inside.size() / 4);
  const TagSet tags(k);
  constexpr double kImpossible = -std::numeric_limits<double>::infinity();
  double score = 0;
  for (size_t t = 0; t < path.size(); ++t) {
    if (path[t] > 0) score += scores[t * 4 * k + path[t] - 1];
    const int from = t == 0 ? 0 : path[t - 1];
    const int index = tags.TransitionIndex(from, path[t]);
    if (index < 0) return kImpossible;
    if (t == 0) continue;
    score += tags.IsOpen(from) ? transitions.inside[index] : transitions.outside[index];
  }
  return path.empty() || !tags.IsOpen(path.back()) ? score : kImpossible;
}

}  // namespace winnow::ner

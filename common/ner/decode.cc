#include "common/ner/decode.h"

#include <algorithm>
#include <cmath>

namespace winnow::ner {

void Decoder::Decode(absl::Span<const float> scores, size_t num_tokens,
                     const TransitionFactors& factors, absl::Span<const double> thresholds,
                     std::vector<Candidate>& spans) {
  const double lowest = *std::min_element(thresholds.begin(), thresholds.end());
  spans.clear();
  if (num_tokens == 0 || !lattice_.Forward(scores, num_tokens, factors)) return;
  // No span is more probable than that there is any, which spares the rest for most texts without
  // one.
  const double log_none = static_cast<double>(num_tokens - 1) * std::log(factors.FromClosed(0)[0]);
  if (-std::expm1(log_none - lattice_.log_z()) <= lowest) return;
  lattice_.Backward();
  FindCandidates(lattice_, lowest, candidates_);
  Choose(candidates_, num_tokens, thresholds, spans);
}

void Decoder::Choose(absl::Span<const Candidate> candidates, size_t num_tokens,
                     absl::Span<const double> thresholds, std::vector<Candidate>& spans) {
  spans.clear();
  if (candidates.empty()) return;
  // Weighted interval scheduling. Candidates come by their start: best_[t] is final when those that
  // start at t are reached.
  best_.assign(num_tokens + 1, 0);
  last_.assign(num_tokens + 1, nullptr);
  size_t next = 0;
  for (size_t t = 0; t < num_tokens; ++t) {
    if (t > 0 && best_[t] < best_[t - 1]) {
      best_[t] = best_[t - 1];
      last_[t] = nullptr;
    }
    for (; next < candidates.size() && candidates[next].span.begin == t; ++next) {
      const Candidate& candidate = candidates[next];
      const double gain = candidate.probability - thresholds[candidate.span.label];
      const double sum = best_[t] + gain;
      if (gain <= 0 || sum <= best_[candidate.span.end]) continue;
      best_[candidate.span.end] = sum;
      last_[candidate.span.end] = &candidate;
    }
  }
  if (best_[num_tokens] < best_[num_tokens - 1]) last_[num_tokens] = nullptr;
  TraceBack(spans);
}

// Goes back from the end along the spans that made the best sums.
void Decoder::TraceBack(std::vector<Candidate>& spans) const {
  for (size_t t = last_.size() - 1; t > 0;) {
    if (last_[t] == nullptr) {
      --t;
      continue;
    }
    spans.push_back(*last_[t]);
    t = last_[t]->span.begin;
  }
  std::reverse(spans.begin(), spans.end());
}

}  // namespace winnow::ner

#include "common/ner/candidates.h"

#include <algorithm>

namespace winnow::ner {
namespace {

// Calls found(last token, probability) for every span of `label` from `begin` up to token `limit` - 1, as long as the
// probability that one is still open is at least `min_open`.
template <typename Found>
void ExtendSpan(const Lattice& lattice, size_t begin, size_t limit, int label, double min_open, const Found& found) {
  const TagSet tags = lattice.tags();
  const int k = tags.num_labels();
  const int single = tags.Single(label), middle = tags.Inside(label), end = tags.End(label);
  found(begin, lattice.alpha(begin, single) * lattice.beta(begin, single));
  const double* inside = lattice.factors().inside.data() + label;
  // Mass of the paths that opened at `begin` and are open at t - 1, over what beta continues.
  double open = lattice.alpha(begin, tags.Begin(label));
  if (open * lattice.beta(begin, tags.Begin(label)) < min_open) return;
  for (size_t t = begin + 1; t < limit; ++t) {
    const double* from = inside + (t == begin + 1 ? 0 : 2 * k);
    found(t, open * from[k] * lattice.entry(t, end) * lattice.beta(t, end));
    open *= from[0] * lattice.entry(t, middle);
    if (open * lattice.beta(t, middle) < min_open) return;
  }
}

}  // namespace

void FindCandidates(const Lattice& lattice, double min_probability, std::vector<Candidate>& candidates) {
  candidates.clear();
  for (size_t begin = 0; begin < lattice.num_tokens(); ++begin) {
    const size_t first = candidates.size();
    for (int label = 0; label < lattice.tags().num_labels(); ++label) {
      ExtendSpan(lattice, begin, lattice.num_tokens(), label, min_probability, [&](size_t last, double probability) {
        if (probability < min_probability) return;
        const TokenSpan span{static_cast<uint32_t>(begin), static_cast<uint32_t>(last + 1),
                             static_cast<uint32_t>(label)};
        candidates.push_back({span, std::min(1.0, probability)});
      });
    }
    std::sort(candidates.begin() + static_cast<std::ptrdiff_t>(first), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.span < b.span; });
  }
}

void SpanMarginals(const Lattice& lattice, uint32_t max_length, std::vector<float>& marginals) {
  const size_t n = lattice.num_tokens();
  const size_t k = static_cast<size_t>(lattice.tags().num_labels());
  marginals.assign(n * max_length * k, 0);
  for (size_t begin = 0; begin < n; ++begin) {
    float* out = &marginals[begin * max_length * k];
    const size_t limit = std::min<size_t>(n, begin + max_length);
    for (size_t label = 0; label < k; ++label) {
      ExtendSpan(lattice, begin, limit, static_cast<int>(label), 0, [&](size_t last, double probability) {
        out[(last - begin) * k + label] = static_cast<float>(probability);
      });
    }
  }
}

}  // namespace winnow::ner

#include "common/ner/candidates.h"

#include <algorithm>

#include "Eigen/Core"
#include "common/ner/for_labels.h"

namespace winnow::ner {
namespace {

// Calls found(last token, probability) for every span of `label` from `begin`, as long as the
// probability that one is still open is at least `min_open`.
template <typename Found>
void ExtendSpan(const Lattice& lattice, size_t begin, int label, double min_open,
                const Found& found) {
  const TagSet tags = lattice.tags();
  const int k = tags.num_labels();
  const int single = tags.Single(label), middle = tags.Inside(label), end = tags.End(label);
  found(begin, lattice.alpha(begin)[single] * lattice.beta(begin)[single]);
  const double* inside = lattice.factors().inside() + label;
  // Mass of the paths that opened at `begin` and are open at t - 1, over what beta continues.
  double open = lattice.alpha(begin)[tags.Begin(label)];
  if (open * lattice.beta(begin)[tags.Begin(label)] < min_open) return;
  for (size_t t = begin + 1; t < lattice.num_tokens(); ++t) {
    const double* from = inside + (t == begin + 1 ? 0 : 2 * k);
    found(t, open * from[k] * lattice.entering(t)[end]);
    open *= from[0] * lattice.psi(t)[middle] * lattice.inverse_c(t);
    if (open * lattice.beta(t)[middle] < min_open) return;
  }
}

// The same in single precision.
template <typename Found>
void ExtendSpan(const TaggingLattice& lattice, size_t begin, int label, double min_open,
                const Found& found) {
  const TagSet tags = lattice.tags();
  const int k = tags.num_labels();
  const float* marginals = lattice.marginals(begin);
  found(begin, marginals[tags.Single(label)]);
  const float* from = lattice.inside() + label;
  double open = marginals[tags.Begin(label)];
  for (size_t t = begin + 1; t < lattice.num_tokens() && open >= min_open; ++t) {
    const float* entering = lattice.entering(t);
    const double to_inside = double{from[0]} * entering[tags.Inside(label)];
    const double to_end = double{from[k]} * entering[tags.End(label)];
    const double share = open / (to_inside + to_end);
    found(t, share * to_end);
    open = share * to_inside;
    from = lattice.inside() + 2 * k + label;
  }
}

bool MayBegin(const Lattice&, size_t, double) { return true; }

// Whether anything but O has nearly the probability, which spares most tokens the rest.
bool MayBegin(const TaggingLattice& lattice, size_t token, double min_probability) {
  constexpr double kRounding = 1e-6;
  return 1.0 - lattice.marginals(token)[0] + kRounding >= min_probability;
}

template <typename AnyLattice>
void FindCandidatesIn(const AnyLattice& lattice, double min_probability,
                      std::vector<Candidate>& candidates) {
  candidates.clear();
  for (size_t begin = 0; begin < lattice.num_tokens(); ++begin) {
    if (!MayBegin(lattice, begin, min_probability)) continue;
    const size_t first = candidates.size();
    for (int label = 0; label < lattice.tags().num_labels(); ++label) {
      ExtendSpan(lattice, begin, label, min_probability, [&](size_t last, double probability) {
        if (probability < min_probability) return;
        const TokenSpan span{static_cast<uint32_t>(begin), static_cast<uint32_t>(last + 1),
                             static_cast<uint32_t>(label)};
        candidates.push_back({span, std::min(1.0, probability)});
      });
    }
    // Spans of one begin were found label by label; they are wanted by their end.
    std::sort(candidates.begin() + static_cast<std::ptrdiff_t>(first), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.span < b.span; });
  }
}

// SpanMarginals of kLabels labels, or of any number of them if Eigen::Dynamic. All labels of a
// start are extended together.
template <int kLabels>
void FillMarginals(const Lattice& lattice, size_t max_length, float* marginals) {
  using Row = Eigen::Map<const Eigen::Array<double, kLabels, 1>>;
  const TagSet tags = lattice.tags();
  const int k = kLabels == Eigen::Dynamic ? tags.num_labels() : kLabels;
  const size_t n = lattice.num_tokens();
  const double* inside = lattice.factors().inside();
  Eigen::Array<double, kLabels, 1> open(k), probability(k);
  for (size_t begin = 0; begin < n; ++begin) {
    const auto write = [&](size_t last) {
      float* out = &marginals[(begin * max_length + last - begin) * k];
      for (int l = 0; l < k; ++l) out[l] = static_cast<float>(probability[l]);
    };
    const double *alpha = lattice.alpha(begin), *beta = lattice.beta(begin);
    probability = Row(alpha + tags.Single(0), k) * Row(beta + tags.Single(0), k);
    write(begin);
    open = Row(alpha + tags.Begin(0), k);
    const size_t end = std::min(n, begin + max_length);
    for (size_t t = begin + 1; t < end; ++t) {
      const double* from = inside + (t == begin + 1 ? 0 : 2 * k);
      probability = open * Row(from + k, k) * Row(lattice.entering(t) + tags.End(0), k);
      write(t);
      open *= Row(from, k) * Row(lattice.psi(t) + tags.Inside(0), k) * lattice.inverse_c(t);
    }
    std::fill(&marginals[(begin * max_length + end - begin) * k],
              &marginals[(begin + 1) * max_length * k], 0.0f);
  }
}

}  // namespace

void FindCandidates(const Lattice& lattice, double min_probability,
                    std::vector<Candidate>& candidates) {
  FindCandidatesIn(lattice, min_probability, candidates);
}

void CandidateFinder::Find(absl::Span<const float> scores, size_t num_tokens,
                           const TransitionFactors& factors, double min_probability,
                           std::vector<Candidate>& candidates) {
  candidates.clear();
  if (lattice_.Run(scores, num_tokens, factors)) {
    FindCandidatesIn(lattice_, min_probability, candidates);
  } else if (exact_.Forward(scores, num_tokens, factors)) {
    exact_.Backward();
    FindCandidatesIn(exact_, min_probability, candidates);
  }
}

void SpanMarginals(const Lattice& lattice, uint32_t max_length, std::vector<float>& marginals) {
  const int k = lattice.tags().num_labels();
  marginals.resize(lattice.num_tokens() * max_length * static_cast<size_t>(k));
  ForLabels(k, [&](auto labels) { FillMarginals<labels>(lattice, max_length, marginals.data()); });
}

// Each begins with S or B.
double ExpectedSpans(const Lattice& lattice, const std::vector<bool>& taught,
                     std::vector<double>& marginals) {
  const TagSet tags = lattice.tags();
  marginals.resize(static_cast<size_t>(tags.num_tags()));
  double sum = 0;
  for (size_t t = 0; t < lattice.num_tokens(); ++t) {
    lattice.Marginals(t, marginals.data());
    for (int label = 0; label < tags.num_labels(); ++label) {
      if (!IsTaught(taught, static_cast<size_t>(label))) continue;
      sum += marginals[static_cast<size_t>(tags.Single(label))] +
             marginals[static_cast<size_t>(tags.Begin(label))];
    }
  }
  return sum;
}

}  // namespace winnow::ner

#include "common/ner/lattice.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/ner/for_labels.h"
#include "common/ner/lattice_math.h"

namespace winnow::ner {
namespace {

constexpr double kForbidden = -1e9;
// Beta may grow to this. It is only reached where alpha has underflown to 0, so that nothing
// depends on it but 0 * beta.
constexpr double kLargest = 1e300;

}  // namespace

template <int kLabels>
void Lattice::FillPsi(absl::Span<const float> scores, const Constraint* constraint) {
  const Sizes<kLabels> sizes(tags_);
  const uint8_t* allowed =
      constraint == nullptr || constraint->allowed.empty() ? nullptr : constraint->allowed.data();
  const double inverse_temperature = factors_->inverse_temperature();
  log_z_ = 0;
  for (size_t t = 0; t < n_; ++t) {
    double* psi = &psi_[t * sizes.row];
    const float* u = scores.data() + t * 4 * sizes.labels;
    psi[0] = 0;
    for (int y = 0; y < 4 * sizes.labels; ++y) psi[1 + y] = u[y] * inverse_temperature;
    std::fill(psi + sizes.tags, psi + sizes.row, kForbidden);
    if (t == 0) std::fill(psi + tags_.Inside(0), psi + sizes.tags, kForbidden);
    if (t + 1 == n_) std::fill(psi + tags_.Begin(0), psi + tags_.End(0), kForbidden);
    if (allowed != nullptr) {
      for (int y = 0; y < sizes.tags; ++y) {
        if (allowed[t * sizes.tags + y] == 0) psi[y] = kForbidden;
      }
    }
    Vector<Sizes<kLabels>::kRow> row(psi, sizes.row);
    // Above kForbidden, so that nothing is left of a token without allowed tags.
    const double largest = std::max(row.maxCoeff(), kForbidden / 2);
    log_z_ += largest;
    row -= largest;
    Exp(psi, sizes.row);
  }
}

void Lattice::BuildChains(const Constraint* constraint) {
  chains_.clear();
  chain_factors_.clear();
  size_t num_values = 0;
  active_begins_.assign(n_ + 1, 0);
  active_.clear();
  if (constraint == nullptr || constraint->weighted.empty()) return;
  // Weighted spans that begin at one token and have one label share a chain; a span of one token
  // needs none, since it is one tag.
  const std::vector<WeightedSpan>& weighted = constraint->weighted;
  for (size_t first = 0, end; first < weighted.size(); first = end) {
    const uint32_t start = weighted[first].span.begin;
    const size_t group = chains_.size();
    const auto chain_of = [&](uint32_t label) {
      return std::find_if(chains_.begin() + group, chains_.end(),
                          [&](const Chain& c) { return c.label == label; });
    };
    for (end = first; end < weighted.size() && weighted[end].span.begin == start; ++end) {
      const TokenSpan& span = weighted[end].span;
      if (span.end == start + 1) {
        psi_[start * stride_ + tags_.Single(static_cast<int>(span.label))] *= weighted[end].factor;
        continue;
      }
      auto chain = chain_of(span.label);
      if (chain == chains_.end()) chain = chains_.insert(chain, Chain{start, 0, span.label, 0, 0});
      chain->last = std::max(chain->last, span.end - 1);
    }
    for (size_t c = group; c < chains_.size(); ++c) {
      chains_[c].value = num_values;
      num_values += chains_[c].last - start - 1;
      chains_[c].factor = chain_factors_.size();
      chain_factors_.resize(chain_factors_.size() + chains_[c].last - start, 1.0);
    }
    for (size_t i = first; i < end; ++i) {
      const TokenSpan& span = weighted[i].span;
      if (span.end > start + 1)
        chain_factors_[chain_of(span.label)->factor + span.end - start - 2] = weighted[i].factor;
    }
  }
  chain_alpha_.resize(num_values);
  chain_beta_.resize(num_values);
  IndexChains();
}

// Finds for each token the chains that pass it, by a counting sort of all (token, chain).
void Lattice::IndexChains() {
  std::vector<uint32_t>& begins = active_begins_;
  for (const Chain& chain : chains_) {
    for (uint32_t t = chain.start + 1; t <= chain.last; ++t) ++begins[t];
  }
  uint32_t total = 0;
  for (uint32_t& begin : begins) total += std::exchange(begin, total);
  active_.resize(total);
  for (uint32_t c = 0; c < chains_.size(); ++c) {
    for (uint32_t t = chains_[c].start + 1; t <= chains_[c].last; ++t) active_[begins[t]++] = c;
  }
  for (size_t t = n_; t > 0; --t) begins[t] = begins[t - 1];
  begins[0] = 0;
}

absl::Span<const uint32_t> Lattice::ActiveAt(size_t t) const {
  return absl::MakeConstSpan(active_).subspan(active_begins_[t],
                                              active_begins_[t + 1] - active_begins_[t]);
}

bool Lattice::Forward(absl::Span<const float> scores, size_t num_tokens,
                      const TransitionFactors& factors, const Constraint* constraint) {
  tags_ = TagSet(factors.num_labels());
  stride_ = static_cast<size_t>(PaddedToLanes(tags_.num_tags()));
  n_ = num_tokens;
  factors_ = &factors;
  psi_.resize(n_ * stride_);
  alpha_.resize(n_ * stride_);
  inverse_c_.resize(n_);
  opened_.resize(factors.num_labels());
  return ForLabels(factors.num_labels(), [&](auto labels) {
    FillPsi<labels>(scores, constraint);
    BuildChains(constraint);
    return ForwardSteps<labels>();
  });
}

template <int kLabels>
bool Lattice::ForwardSteps() {
  using S = Sizes<kLabels>;
  const S sizes(tags_);
  const int k = sizes.labels;
  const ConstVector<kLabels> begin_inside(factors_->inside(), k),
      begin_end(factors_->inside() + k, k);
  const ConstVector<kLabels> inside_inside(factors_->inside() + 2 * k, k),
      inside_end(factors_->inside() + 3 * k, k);
  double product = 1;
  for (size_t t = 0; t < n_; ++t) {
    Vector<S::kRow> alpha(&alpha_[t * stride_], sizes.row);
    const ConstVector<S::kRow> psi(&psi_[t * stride_], sizes.row);
    double chain_sum = 0;
    if (t == 0) {
      alpha = psi;
    } else {
      const double* before = &alpha_[(t - 1) * stride_];
      {
        // Runs into what follows, which is overwritten.
        Vector<S::kClosed> successors(alpha.data(), sizes.closed);
        std::conditional_t<S::kFixed, Eigen::Array<double, S::kClosed, 1>, Vector<S::kClosed>&>
            sum = successors;
        sum.setZero();
        AddColumns(factors_->FromClosed(0), before, k + 1, sum);
        AddColumns(factors_->FromClosed(k + 1), before + tags_.End(0), k, sum);
        if constexpr (S::kFixed) successors = sum;
      }
      const double* opened = before + tags_.Begin(0);
      if (!ActiveAt(t).empty()) opened = OpenedOutsideChains(t);
      const ConstVector<kLabels> begin(opened, k), inside(before + tags_.Inside(0), k);
      Vector<kLabels>(alpha.data() + tags_.Inside(0), k) =
          begin * begin_inside + inside * inside_inside;
      Vector<kLabels>(alpha.data() + tags_.End(0), k) = begin * begin_end + inside * inside_end;
      std::fill(alpha.data() + sizes.tags, alpha.data() + sizes.row, 0.0);
      if (!ActiveAt(t).empty()) chain_sum = ForwardChains(t);
      alpha *= psi;
    }
    // Each step is scaled to sum to 1, so that nothing underflows however long the text is; log Z
    // is the sum of the logarithms of the scales.
    const double c = alpha.sum() + chain_sum;
    if (!(c > 1e-300)) return false;
    alpha *= 1 / c;
    inverse_c_[t] = 1 / c;
    if (chain_sum > 0) ScaleChains(t, 1 / c);
    // A logarithm costs more than a product, so it is taken only before the product gets out of
    // range.
    product *= c;
    if (product < 1e-100 || product > 1e100) {
      log_z_ += std::log(product);
      product = 1;
    }
  }
  log_z_ += std::log(product);
  return true;
}

const double* Lattice::OpenedOutsideChains(size_t t) {
  const double* begin = &alpha_[(t - 1) * stride_ + tags_.Begin(0)];
  std::copy(begin, begin + tags_.num_labels(), opened_.begin());
  for (const uint32_t c : ActiveAt(t)) {
    if (chains_[c].start + 1 == t) opened_[chains_[c].label] = 0;
  }
  return opened_.data();
}

double Lattice::ForwardChains(size_t t) {
  const int k = tags_.num_labels();
  double* alpha = &alpha_[t * stride_];
  double sum = 0;
  for (const uint32_t c : ActiveAt(t)) {
    const Chain& chain = chains_[c];
    const int label = static_cast<int>(chain.label);
    const bool opening = chain.start + 1 == t;
    const double mass = opening ? alpha_[(t - 1) * stride_ + tags_.Begin(label)]
                                : chain_alpha_[chain.ValueAt(t - 1)];
    const double* from = factors_->inside() + (opening ? 0 : 2 * k) + label;
    alpha[tags_.End(label)] += mass * from[k] * chain_factors_[chain.FactorAt(t)];
    if (t == chain.last) {
      alpha[tags_.Inside(label)] += mass * from[0];
    } else {
      const double value = mass * from[0] * psi(t)[tags_.Inside(label)];
      chain_alpha_[chain.ValueAt(t)] = value;
      sum += value;
    }
  }
  return sum;
}

void Lattice::ScaleChains(size_t t, double scale) {
  for (const uint32_t c : ActiveAt(t)) {
    if (t < chains_[c].last) chain_alpha_[chains_[c].ValueAt(t)] *= scale;
  }
}

void Lattice::Backward() {
  beta_.resize(n_ * stride_);
  entering_.resize(n_ * stride_);
  if (n_ == 0) return;
  ForLabels(tags_.num_labels(), [&](auto labels) { BackwardSteps<labels>(); });
}

template <int kLabels>
void Lattice::BackwardSteps() {
  using S = Sizes<kLabels>;
  const S sizes(tags_);
  const int k = sizes.labels;
  const ConstVector<kLabels> begin_inside(factors_->inside(), k),
      begin_end(factors_->inside() + k, k);
  const ConstVector<kLabels> inside_inside(factors_->inside() + 2 * k, k),
      inside_end(factors_->inside() + 3 * k, k);
  Vector<S::kRow>(&beta_[(n_ - 1) * stride_], sizes.row).setOnes();
  for (size_t t = n_ - 1; t > 0; --t) {
    const ConstVector<S::kRow> after(&beta_[t * stride_], sizes.row),
        psi(&psi_[t * stride_], sizes.row);
    Vector<S::kRow> entering(&entering_[t * stride_], sizes.row),
        beta(&beta_[(t - 1) * stride_], sizes.row);
    entering = (psi * inverse_c_[t] * after).min(kLargest);
    {
      Vector<S::kClosed> closed(beta.data(), sizes.closed);
      std::conditional_t<S::kFixed, Eigen::Array<double, S::kClosed, 1>, Vector<S::kClosed>&> sum =
          closed;
      sum.setZero();
      AddColumns(factors_->ToSuccessor(0), entering.data(), 2 * k + 1, sum);
      if constexpr (S::kFixed) closed = sum;
    }
    std::copy_n(beta.data() + k + 1, k, beta.data() + tags_.End(0));
    const ConstVector<kLabels> to_inside(entering.data() + tags_.Inside(0), k),
        to_end(entering.data() + tags_.End(0), k);
    Vector<kLabels>(beta.data() + tags_.Begin(0), k) =
        begin_inside * to_inside + begin_end * to_end;
    Vector<kLabels>(beta.data() + tags_.Inside(0), k) =
        inside_inside * to_inside + inside_end * to_end;
    std::fill(beta.data() + sizes.tags, beta.data() + sizes.row, 0.0);
    beta = beta.min(kLargest);
    if (!ActiveAt(t).empty()) BackwardChains(t);
  }
}

void Lattice::BackwardChains(size_t t) {
  const int k = tags_.num_labels();
  for (const uint32_t c : ActiveAt(t)) {
    const Chain& chain = chains_[c];
    const int label = static_cast<int>(chain.label);
    const bool opening = chain.start + 1 == t;
    const double* from = factors_->inside() + (opening ? 0 : 2 * k) + label;
    const double value = std::min(
        kLargest, from[0] * ChainEntering(chain, t) +
                      from[k] * chain_factors_[chain.FactorAt(t)] * entering(t)[tags_.End(label)]);
    (opening ? beta_[(t - 1) * stride_ + tags_.Begin(label)] : chain_beta_[chain.ValueAt(t - 1)]) =
        value;
  }
}

double Lattice::ChainEntering(const Chain& chain, size_t t) const {
  const int tag = tags_.Inside(static_cast<int>(chain.label));
  return t < chain.last ? psi(t)[tag] * inverse_c(t) * chain_beta_[chain.ValueAt(t)]
                        : entering(t)[tag];
}

void Lattice::Marginals(size_t token, double* marginals) const {
  const Eigen::Index width = tags_.num_tags();
  using Row = ConstVector<Eigen::Dynamic>;
  Vector<Eigen::Dynamic>(marginals, width) = Row(alpha(token), width) * Row(beta(token), width);
  for (const uint32_t c : ActiveAt(token)) {
    const Chain& chain = chains_[c];
    if (token == chain.last) continue;
    const size_t value = chain.ValueAt(token);
    marginals[tags_.Inside(static_cast<int>(chain.label))] +=
        chain_alpha_[value] * chain_beta_[value];
  }
}

void Lattice::AddTransitions(size_t token, double scale, double* outside, double* inside) const {
  ForLabels(tags_.num_labels(),
            [&](auto labels) { AddTransitionsOf<labels>(token, scale, outside, inside); });
}

template <int kLabels>
void Lattice::AddTransitionsOf(size_t token, double scale, double* outside, double* inside) const {
  constexpr int kClosed = Sizes<kLabels>::kFixed ? 1 + 2 * kLabels : Eigen::Dynamic;
  const int k = Sizes<kLabels>(tags_).labels;
  const int num_closed = 2 * k + 1;
  const double* before = alpha(token - 1);
  const ConstVector<kClosed> to(entering(token), num_closed);
  for (int i = 0; i < num_closed; ++i) {
    Vector<kClosed>(outside + i * num_closed, num_closed) +=
        scale * before[tags_.Closed(i)] *
        ConstVector<kClosed>(factors_->FromClosed(i), num_closed) * to;
  }
  const double* to_inside = entering(token) + tags_.Inside(0);
  const double* to_end = entering(token) + tags_.End(0);
  // A begin tag from which a chain starts is counted with its chain.
  const auto add = [&](int label, bool opening, double mass, double to_inside, double to_end) {
    const int index = (opening ? 0 : 2 * k) + label;
    inside[index] += scale * mass * factors_->inside()[index] * to_inside;
    inside[index + k] += scale * mass * factors_->inside()[index + k] * to_end;
  };
  for (int l = 0; l < k; ++l) {
    add(l, false, before[tags_.Inside(l)], to_inside[l], to_end[l]);
    const bool chained =
        std::any_of(ActiveAt(token).begin(), ActiveAt(token).end(), [&](uint32_t c) {
          return chains_[c].start + 1 == token && chains_[c].label == static_cast<uint32_t>(l);
        });
    if (!chained) add(l, true, before[tags_.Begin(l)], to_inside[l], to_end[l]);
  }
  for (const uint32_t c : ActiveAt(token)) {
    const Chain& chain = chains_[c];
    const int label = static_cast<int>(chain.label);
    const bool opening = chain.start + 1 == token;
    const double mass =
        opening ? before[tags_.Begin(label)] : chain_alpha_[chain.ValueAt(token - 1)];
    add(label, opening, mass, ChainEntering(chain, token),
        chain_factors_[chain.FactorAt(token)] * to_end[label]);
  }
}

double Lattice::SpanProbability(const TokenSpan& span) const {
  const int k = tags_.num_labels();
  const int label = static_cast<int>(span.label);
  const double* inside = factors_->inside() + label;
  const uint32_t last = span.end - 1;
  if (span.begin == last) {
    return std::min(1.0, alpha(last)[tags_.Single(label)] * beta(last)[tags_.Single(label)]);
  }
  double p = alpha(span.begin)[tags_.Begin(label)];
  for (uint32_t t = span.begin + 1; t < last; ++t) {
    p *= inside[t == span.begin + 1 ? 0 : 2 * k] * psi(t)[tags_.Inside(label)] * inverse_c(t);
  }
  p *= inside[span.begin + 1 == last ? k : 3 * k] * entering(last)[tags_.End(label)];
  return std::min(1.0, p);
}

}  // namespace winnow::ner

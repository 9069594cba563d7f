#include "common/ner/lattice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "Eigen/Core"

namespace winnow::ner {
namespace {

constexpr double kForbidden = -1e9;

using ArrayMap = Eigen::Map<Eigen::ArrayXd>;
using ConstArrayMap = Eigen::Map<const Eigen::ArrayXd>;

std::vector<double> ExpScaled(const std::vector<float>& scores, double factor) {
  std::vector<double> result(scores.begin(), scores.end());
  ArrayMap map(result.data(), static_cast<Eigen::Index>(result.size()));
  map = (map * factor).exp();
  return result;
}

}  // namespace

TransitionFactors::TransitionFactors(const Transitions& transitions, double temperature)
    : num_labels(static_cast<int>(transitions.inside.size() / 4)),
      inverse_temperature(1 / temperature),
      outside(ExpScaled(transitions.outside, inverse_temperature)),
      inside(ExpScaled(transitions.inside, inverse_temperature)) {}

double PathScore(absl::Span<const float> scores, absl::Span<const uint16_t> path, const Transitions& transitions) {
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

void Lattice::FillPsi(absl::Span<const float> scores, const Constraint* constraint) {
  const int k = tags_.num_labels();
  const size_t width = num_tags_;
  const uint8_t* allowed = constraint == nullptr || constraint->allowed.empty() ? nullptr : constraint->allowed.data();
  const double inverse_temperature = factors_->inverse_temperature;
  psi_.resize(n_ * width);
  log_z_ = 0;
  for (size_t t = 0; t < n_; ++t) {
    double* psi = &psi_[t * width];
    psi[0] = 0;
    const float* u = scores.data() + t * 4 * k;
    for (size_t y = 1; y < width; ++y) psi[y] = u[y - 1] * inverse_temperature;
    if (t == 0) std::fill(psi + tags_.Inside(0), psi + width, kForbidden);
    if (t + 1 == n_) std::fill(psi + tags_.Begin(0), psi + tags_.End(0), kForbidden);
    if (allowed != nullptr) {
      for (size_t y = 0; y < width; ++y) {
        if (allowed[t * width + y] == 0) psi[y] = kForbidden;
      }
    }
    const double largest = *std::max_element(psi, psi + width);
    log_z_ += largest;
    for (size_t y = 0; y < width; ++y) psi[y] = psi[y] <= kForbidden ? kForbidden : psi[y] - largest;
  }
  ArrayMap all(psi_.data(), static_cast<Eigen::Index>(psi_.size()));
  // Eigen's exp does not reach 0.
  all = (all > kForbidden).select(all.exp(), 0.0);
}

void Lattice::BuildChains(const Constraint* constraint) {
  chains_.clear();
  chain_factors_.clear();
  size_t num_values = 0;
  active_begins_.assign(n_ + 1, 0);
  active_.clear();
  if (constraint == nullptr || constraint->weighted.empty()) return;
  const std::vector<WeightedSpan>& weighted = constraint->weighted;
  for (size_t first = 0, end; first < weighted.size(); first = end) {
    const uint32_t start = weighted[first].span.begin;
    const size_t group = chains_.size();
    const auto chain_of = [&](uint32_t label) {
      return std::find_if(chains_.begin() + group, chains_.end(), [&](const Chain& c) { return c.label == label; });
    };
    for (end = first; end < weighted.size() && weighted[end].span.begin == start; ++end) {
      const TokenSpan& span = weighted[end].span;
      if (span.end == start + 1) {
        psi_[start * num_tags_ + tags_.Single(static_cast<int>(span.label))] *= weighted[end].factor;
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
      if (span.end > start + 1) chain_factors_[chain_of(span.label)->factor + span.end - start - 2] = weighted[i].factor;
    }
  }
  chain_alpha_.resize(num_values);
  chain_beta_.resize(num_values);
  // Counting sort of (token, chain).
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
  return absl::MakeConstSpan(active_).subspan(active_begins_[t], active_begins_[t + 1] - active_begins_[t]);
}

bool Lattice::Forward(absl::Span<const float> scores, size_t num_tokens, const TransitionFactors& factors,
                      const Constraint* constraint) {
  tags_ = TagSet(factors.num_labels);
  num_tags_ = static_cast<size_t>(tags_.num_tags());
  n_ = num_tokens;
  factors_ = &factors;
  FillPsi(scores, constraint);
  BuildChains(constraint);
  alpha_.resize(n_ * num_tags_);
  inverse_c_.resize(n_);
  begin_.resize(factors.num_labels);
  double product = 1;
  for (size_t t = 0; t < n_; ++t) {
    const double c = ForwardStep(t);
    if (!(c > 1e-300)) return false;
    inverse_c_[t] = 1 / c;
    product *= c;
    if (product < 1e-100 || product > 1e100) {
      log_z_ += std::log(product);
      product = 1;
    }
  }
  log_z_ += std::log(product);
  return true;
}

double Lattice::ForwardStep(size_t t) {
  const int k = tags_.num_labels();
  const size_t width = num_tags_;
  double* alpha = &alpha_[t * width];
  const double* psi = &psi_[t * width];
  double chain_sum = 0;
  if (t == 0) {
    std::copy(psi, psi + width, alpha);
  } else {
    const double* before = alpha - width;
    const int num_closed = tags_.num_closed();
    std::fill(alpha, alpha + num_closed, 0.0);
    for (int i = 0; i < num_closed; ++i) {
      const double mass = before[tags_.Closed(i)];
      if (mass == 0) continue;
      const double* row = &factors_->outside[static_cast<size_t>(i) * num_closed];
      for (int s = 0; s < num_closed; ++s) alpha[s] += mass * row[s];
    }
    std::copy(before + tags_.Begin(0), before + tags_.Inside(0), begin_.begin());
    for (const uint32_t c : ActiveAt(t)) {
      if (chains_[c].start + 1 == t) begin_[chains_[c].label] = 0;
    }
    const double* inside = factors_->inside.data();
    const double* before_inside = before + tags_.Inside(0);
    double* to_inside = alpha + tags_.Inside(0);
    double* to_end = alpha + tags_.End(0);
    for (int l = 0; l < k; ++l) {
      to_inside[l] = begin_[l] * inside[l] + before_inside[l] * inside[2 * k + l];
      to_end[l] = begin_[l] * inside[k + l] + before_inside[l] * inside[3 * k + l];
    }
    for (const uint32_t c : ActiveAt(t)) {
      const Chain& chain = chains_[c];
      const bool opening = chain.start + 1 == t;
      const double mass =
          opening ? before[tags_.Begin(static_cast<int>(chain.label))] : chain_alpha_[chain.ValueAt(t - 1)];
      const double* from = inside + (opening ? 0 : 2 * k) + chain.label;
      to_end[chain.label] += mass * from[k] * chain_factors_[chain.FactorAt(t)];
      if (t == chain.last) {
        to_inside[chain.label] += mass * from[0];
      } else {
        const double value = mass * from[0] * psi[tags_.Inside(static_cast<int>(chain.label))];
        chain_alpha_[chain.ValueAt(t)] = value;
        chain_sum += value;
      }
    }
    for (size_t y = 0; y < width; ++y) alpha[y] *= psi[y];
  }
  double sum = chain_sum;
  for (size_t y = 0; y < width; ++y) sum += alpha[y];
  const double scale = 1 / sum;
  for (size_t y = 0; y < width; ++y) alpha[y] *= scale;
  if (chain_sum > 0) {
    for (const uint32_t c : ActiveAt(t)) {
      if (t < chains_[c].last) chain_alpha_[chains_[c].ValueAt(t)] *= scale;
    }
  }
  return sum;
}

void Lattice::Backward() {
  beta_.resize(n_ * num_tags_);
  entering_.resize(num_tags_);
  if (n_ == 0) return;
  std::fill(beta_.end() - static_cast<std::ptrdiff_t>(num_tags_), beta_.end(), 1.0);
  for (size_t t = n_ - 1; t-- > 0;) BackwardStep(t);
}

void Lattice::BackwardStep(size_t t) {
  const int k = tags_.num_labels();
  const size_t width = num_tags_;
  double* beta = &beta_[t * width];
  const double* after = beta + width;
  const double* psi = &psi_[(t + 1) * width];
  const double scale = inverse_c_[t + 1];
  for (size_t y = 0; y < width; ++y) entering_[y] = psi[y] * after[y] * scale;

  const int num_closed = tags_.num_closed();
  for (int i = 0; i < num_closed; ++i) {
    const double* row = &factors_->outside[static_cast<size_t>(i) * num_closed];
    beta[tags_.Closed(i)] = ConstArrayMap(row, num_closed).matrix().dot(ConstArrayMap(entering_.data(), num_closed).matrix());
  }
  const double* inside = factors_->inside.data();
  const double* to_inside = &entering_[tags_.Inside(0)];
  const double* to_end = &entering_[tags_.End(0)];
  for (int l = 0; l < k; ++l) {
    beta[tags_.Begin(l)] = inside[l] * to_inside[l] + inside[k + l] * to_end[l];
    beta[tags_.Inside(l)] = inside[2 * k + l] * to_inside[l] + inside[3 * k + l] * to_end[l];
  }
  for (const uint32_t c : ActiveAt(t + 1)) {
    const Chain& chain = chains_[c];
    const int label = static_cast<int>(chain.label);
    const double* from = inside + (t == chain.start ? 0 : 2 * k) + label;
    const double value =
        from[0] * ChainEntering(chain, t + 1) + from[k] * chain_factors_[chain.FactorAt(t + 1)] * to_end[label];
    (t == chain.start ? beta[tags_.Begin(label)] : chain_beta_[chain.ValueAt(t)]) = value;
  }
}

double Lattice::ChainEntering(const Chain& chain, size_t t) const {
  const int tag = tags_.Inside(static_cast<int>(chain.label));
  const double beta = t < chain.last ? chain_beta_[chain.ValueAt(t)] : this->beta(t, tag);
  return entry(t, tag) * beta;
}

void Lattice::Marginals(size_t token, double* marginals) const {
  const double* alpha = &alpha_[token * num_tags_];
  const double* beta = &beta_[token * num_tags_];
  for (size_t y = 0; y < num_tags_; ++y) marginals[y] = alpha[y] * beta[y];
  for (const uint32_t c : ActiveAt(token)) {
    const Chain& chain = chains_[c];
    if (token == chain.last) continue;
    const size_t value = chain.ValueAt(token);
    marginals[tags_.Inside(static_cast<int>(chain.label))] += chain_alpha_[value] * chain_beta_[value];
  }
}

void Lattice::AddTransitions(size_t token, double scale, double* outside, double* inside) const {
  const int k = tags_.num_labels();
  const int num_closed = tags_.num_closed();
  const auto entering = [&](int tag) { return entry(token, tag) * beta(token, tag); };
  for (int i = 0; i < num_closed; ++i) {
    const double mass = scale * alpha(token - 1, tags_.Closed(i));
    if (mass == 0) continue;
    const size_t row = static_cast<size_t>(i) * num_closed;
    for (int s = 0; s < num_closed; ++s) outside[row + s] += mass * factors_->outside[row + s] * entering(s);
  }
  // A begin tag from which a chain starts is counted with its chain.
  const auto add = [&](int label, bool opening, double mass, double to_inside, double to_end) {
    const int index = (opening ? 0 : 2 * k) + label;
    inside[index] += scale * mass * factors_->inside[index] * to_inside;
    inside[index + k] += scale * mass * factors_->inside[index + k] * to_end;
  };
  for (int l = 0; l < k; ++l) {
    const double to_inside = entering(tags_.Inside(l)), to_end = entering(tags_.End(l));
    add(l, false, alpha(token - 1, tags_.Inside(l)), to_inside, to_end);
    const bool chained = std::any_of(ActiveAt(token).begin(), ActiveAt(token).end(), [&](uint32_t c) {
      return chains_[c].start + 1 == token && chains_[c].label == static_cast<uint32_t>(l);
    });
    if (!chained) add(l, true, alpha(token - 1, tags_.Begin(l)), to_inside, to_end);
  }
  for (const uint32_t c : ActiveAt(token)) {
    const Chain& chain = chains_[c];
    const int label = static_cast<int>(chain.label);
    const bool opening = chain.start + 1 == token;
    const double mass = opening ? alpha(token - 1, tags_.Begin(label)) : chain_alpha_[chain.ValueAt(token - 1)];
    add(label, opening, mass, ChainEntering(chain, token),
        chain_factors_[chain.FactorAt(token)] * entering(tags_.End(label)));
  }
}

double Lattice::SpanProbability(const TokenSpan& span) const {
  const int k = tags_.num_labels();
  const int label = static_cast<int>(span.label);
  if (span.end == span.begin + 1) {
    return std::min(1.0, alpha(span.begin, tags_.Single(label)) * beta(span.begin, tags_.Single(label)));
  }
  double p = alpha(span.begin, tags_.Begin(label));
  const double* inside = factors_->inside.data() + label;
  for (uint32_t t = span.begin + 1; t + 1 < span.end; ++t) {
    p *= inside[t == span.begin + 1 ? 0 : 2 * k] * entry(t, tags_.Inside(label));
  }
  p *= inside[span.end == span.begin + 2 ? k : 3 * k] * entry(span.end - 1, tags_.End(label));
  return std::min(1.0, p * beta(span.end - 1, tags_.End(label)));
}

}  // namespace winnow::ner

#include "common/ner/tagging_lattice.h"

#include <algorithm>
#include <cmath>

#include "common/ner/for_labels.h"
#include "common/ner/lattice_math.h"

namespace winnow::ner {
namespace {

constexpr float kLargestScore = 40;
// Of a sum of alpha or beta, which was scaled to 1 a step before, and of N_t over the product of
// the two. What underflows is below 1e-38, so that it is below 1e-14 of N_t.
constexpr float kSmallestSum = 1e-12f;

// Of any number of labels, too, without memory from the heap.
constexpr int kMaxRow = PaddedToLanes(1 + 4 * kMaxLabels, kLanesOf<float>);
template <int kSize>
using Row = Eigen::Array<float, kSize, 1, 0, kSize == Eigen::Dynamic ? kMaxRow : kSize, 1>;
template <int kSize>
using ToRow = Vector<kSize, float>;
template <int kSize>
using OfRow = ConstVector<kSize, float>;

}  // namespace

template <int kLabels>
void TaggingLattice::FillFactors(const TransitionFactors& factors) {
  const Sizes<kLabels, float> sizes(tags_);
  const int num_closed = tags_.num_closed();
  from_closed_.assign(static_cast<size_t>(num_closed * sizes.closed), 0);
  to_successor_.assign(from_closed_.size(), 0);
  inside_.resize(static_cast<size_t>(4 * sizes.labels));
  // What is too large becomes infinite, and FillMarginals finds the sums not finite.
  const auto fill = [](const double* from, int size, float* to) {
    ToRow<Eigen::Dynamic>(to, size) = ConstVector<Eigen::Dynamic>(from, size).cast<float>();
  };
  for (int i = 0; i < num_closed; ++i) {
    fill(factors.FromClosed(i), num_closed, &from_closed_[i * sizes.closed]);
    fill(factors.ToSuccessor(i), num_closed, &to_successor_[i * sizes.closed]);
  }
  fill(factors.inside(), 4 * sizes.labels, inside_.data());
}

template <int kLabels>
bool TaggingLattice::FillPsi(absl::Span<const float> scores, float inverse_temperature) {
  using S = Sizes<kLabels, float>;
  constexpr int kScores = S::kFixed ? 4 * kLabels : Eigen::Dynamic;
  const S sizes(tags_);
  const int num_scores = 4 * sizes.labels;
  Eigen::Array<float, kScores, 1> largest = Eigen::Array<float, kScores, 1>::Zero(num_scores);
  for (size_t t = 0; t < n_; ++t) {
    float* psi = &psi_[t * stride_];
    ToRow<kScores> row(psi + 1, num_scores);
    row = OfRow<kScores>(&scores[t * num_scores], num_scores) * inverse_temperature;
    largest = largest.max(row);
    psi[0] = 0;
    std::fill(psi + sizes.tags, psi + sizes.row, -INFINITY);
  }
  if (!(largest.maxCoeff() <= kLargestScore)) return false;
  Exp(psi_.data(), psi_.size());
  return true;
}

template <int kLabels>
inline void TaggingLattice::Forward(size_t t) {
  using S = Sizes<kLabels, float>;
  const S sizes(tags_);
  const int k = sizes.labels;
  const float* before = &alpha_[(t - 1) * stride_];
  const float* psi = &psi_[t * stride_];
  float* alpha = &alpha_[t * stride_];
  const float scale = alpha_scale_[t - 1];

  Row<S::kClosed> successors = Row<S::kClosed>::Zero(sizes.closed);
  AddColumns(from_closed_.data(), before, k + 1, successors);
  AddColumns(&from_closed_[(k + 1) * sizes.closed], before + tags_.End(0), k, successors);
  successors *= OfRow<S::kClosed>(psi, sizes.closed) * scale;
  const auto from_open = [&](int to_end, int tag) -> Row<kLabels> {
    return (OfRow<kLabels>(before + tags_.Begin(0), k) * OfRow<kLabels>(&inside_[to_end * k], k) +
            OfRow<kLabels>(before + tags_.Inside(0), k) *
                OfRow<kLabels>(&inside_[(2 + to_end) * k], k)) *
           OfRow<kLabels>(psi + tag, k) * scale;
  };
  const Row<kLabels> inside = from_open(0, tags_.Inside(0)), end = from_open(1, tags_.End(0));
  // Runs into what follows, which is overwritten.
  ToRow<S::kClosed>(alpha, sizes.closed) = successors;
  ToRow<kLabels>(alpha + tags_.Inside(0), k) = inside;
  ToRow<kLabels>(alpha + tags_.End(0), k) = end;
  std::fill(alpha + sizes.tags, alpha + sizes.row, 0.0f);
  alpha_scale_[t] = 1 / (successors.sum() + inside.sum() + end.sum());
}

template <int kLabels>
inline void TaggingLattice::Backward(size_t t) {
  using S = Sizes<kLabels, float>;
  const S sizes(tags_);
  const int k = sizes.labels;
  const float* entering = &entering_[t * stride_];
  float* beta = &beta_[(t - 1) * stride_];
  const float scale = beta_scale_[t];

  Row<S::kClosed> closed = Row<S::kClosed>::Zero(sizes.closed);
  AddColumns(to_successor_.data(), entering, 2 * k + 1, closed);
  closed *= scale;
  const OfRow<kLabels> to_inside(entering + tags_.Inside(0), k), to_end(entering + tags_.End(0), k);
  const auto to_open = [&](int from) -> Row<kLabels> {
    return (OfRow<kLabels>(&inside_[from * k], k) * to_inside +
            OfRow<kLabels>(&inside_[(from + 1) * k], k) * to_end) *
           scale;
  };
  const Row<kLabels> begin = to_open(0), inside = to_open(2);
  const OfRow<kLabels> end(closed.data() + k + 1, k);
  ToRow<S::kClosed>(beta, sizes.closed) = closed;
  ToRow<kLabels>(beta + tags_.Begin(0), k) = begin;
  ToRow<kLabels>(beta + tags_.Inside(0), k) = inside;
  ToRow<kLabels>(beta + tags_.End(0), k) = end;
  std::fill(beta + sizes.tags, beta + sizes.row, 0.0f);
  // The same times psi, not from the row: its parts are on their way to memory.
  const float* psi = &psi_[(t - 1) * stride_];
  float* next = &entering_[(t - 1) * stride_];
  ToRow<S::kClosed>(next, sizes.closed) = closed * OfRow<S::kClosed>(psi, sizes.closed);
  ToRow<kLabels>(next + tags_.Begin(0), k) = begin * OfRow<kLabels>(psi + tags_.Begin(0), k);
  ToRow<kLabels>(next + tags_.Inside(0), k) = inside * OfRow<kLabels>(psi + tags_.Inside(0), k);
  ToRow<kLabels>(next + tags_.End(0), k) = end * OfRow<kLabels>(psi + tags_.End(0), k);
  beta_scale_[t - 1] = 1 / (closed.sum() + begin.sum() + inside.sum());
}

template <int kLabels>
bool TaggingLattice::FillMarginals() {
  using S = Sizes<kLabels, float>;
  const S sizes(tags_);
  bool suffices = true;
  for (size_t t = 0; t < n_; ++t) {
    ToRow<S::kRow> alpha(&alpha_[t * stride_], sizes.row);
    alpha *= OfRow<S::kRow>(&beta_[t * stride_], sizes.row);
    const float sum = alpha.sum();
    alpha *= 1 / sum;
    // Not so where anything is not finite, either.
    suffices &= sum * alpha_scale_[t] * beta_scale_[t] >= kSmallestSum &&
                alpha_scale_[t] <= 1 / kSmallestSum && beta_scale_[t] <= 1 / kSmallestSum;
  }
  return suffices;
}

template <int kLabels>
bool TaggingLattice::RunOf(absl::Span<const float> scores, const TransitionFactors& factors) {
  using S = Sizes<kLabels, float>;
  const S sizes(tags_);
  stride_ = static_cast<size_t>(sizes.row);
  for (std::vector<float>* rows : {&psi_, &alpha_, &beta_, &entering_}) rows->resize(n_ * stride_);
  for (std::vector<float>* scale : {&alpha_scale_, &beta_scale_}) scale->resize(n_);
  if (n_ == 0) return true;
  if (!FillPsi<kLabels>(scores, static_cast<float>(factors.inverse_temperature()))) return false;
  FillFactors<kLabels>(factors);

  // No span is open before the first token, or behind the last.
  const size_t last = (n_ - 1) * stride_;
  std::copy_n(psi_.data(), stride_, alpha_.data());
  std::fill(&alpha_[tags_.Inside(0)], alpha_.data() + stride_, 0.0f);
  std::fill_n(&beta_[last], stride_, 0.0f);
  for (int i = 0; i < tags_.num_closed(); ++i) beta_[last + tags_.Closed(i)] = 1;
  alpha_scale_[0] = 1 / OfRow<S::kRow>(alpha_.data(), sizes.row).sum();
  beta_scale_[n_ - 1] = 1 / static_cast<float>(tags_.num_closed());
  ToRow<S::kRow>(&entering_[last], sizes.row) =
      OfRow<S::kRow>(&psi_[last], sizes.row) * OfRow<S::kRow>(&beta_[last], sizes.row);
  for (size_t t = 1; t < n_; ++t) {
    Forward<kLabels>(t);
    Backward<kLabels>(n_ - t);
  }
  return FillMarginals<kLabels>();
}

bool TaggingLattice::Run(absl::Span<const float> scores, size_t num_tokens,
                         const TransitionFactors& factors) {
  tags_ = TagSet(factors.num_labels());
  n_ = num_tokens;
  return ForLabels(factors.num_labels(),
                   [&](auto labels) { return RunOf<labels>(scores, factors); });
}

}  // namespace winnow::ner

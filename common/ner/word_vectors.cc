#include "common/ner/word_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/base/random.h"

namespace winnow::ner {
namespace {

using Vector = Eigen::Matrix<float, kVectorSize, 1>;
using VectorMap = Eigen::Map<Vector, Eigen::Aligned16>;

// Draws numbers with given weights: one table look-up each (Walker 1977, Vose 1991).
class Sampler {
 public:
  explicit Sampler(const std::vector<double>& weights) : cells_(weights.size()) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    std::vector<double> scaled(weights.size());
    std::vector<uint32_t> small, large;
    for (uint32_t i = 0; i < weights.size(); ++i) {
      scaled[i] = weights[i] * static_cast<double>(weights.size()) / sum;
      (scaled[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const uint32_t less = small.back(), more = large.back();
      small.pop_back();
      cells_[less] = {static_cast<float>(scaled[less]), more};
      scaled[more] -= 1 - scaled[less];
      if (scaled[more] >= 1) continue;
      large.pop_back();
      small.push_back(more);
    }
    for (const uint32_t i : small) cells_[i] = {1, i};
    for (const uint32_t i : large) cells_[i] = {1, i};
  }

  uint32_t Draw(Random& random) const {
    const uint64_t bits = random.Next();
    const uint32_t i = static_cast<uint32_t>((bits >> 32) * cells_.size() >> 32);
    return static_cast<float>(bits & 0xFFFFFF) * 0x1.0p-24f < cells_[i].share ? i : cells_[i].other;
  }

 private:
  struct Cell {
    float share;
    uint32_t other;
  };
  std::vector<Cell> cells_;
};

// 1 / (1 + exp(-x)) for |x| < 6, and 0 or 1 beyond; off by up to 0.003.
class Sigmoid {
 public:
  Sigmoid() {
    for (size_t i = 0; i < values_.size(); ++i) {
      values_[i] = 1 / (1 + std::exp(kReach - (static_cast<float>(i) + 0.5f) / kCellsPerUnit));
    }
  }
  float operator()(float x) const {
    if (x <= -kReach) return 0;
    if (x >= kReach) return 1;
    return values_[static_cast<size_t>((x + kReach) * kCellsPerUnit)];
  }

 private:
  static constexpr float kReach = 6;
  static constexpr float kCellsPerUnit = 85;
  std::array<float, 12 * 85 + 1> values_;
};

// The training of one set of vectors.
class SkipGram {
 public:
  SkipGram(const WordSequences& texts, const SkipGramOptions& options)
      : texts_(texts),
        options_(options),
        random_(options.seed),
        in_(texts.counts.size(), kVectorSize),
        negatives_(static_cast<size_t>(options.num_negatives)) {
    for (Eigen::Index i = 0; i < in_.size(); ++i) {
      in_.data()[i] = (static_cast<float>(random_.Uniform()) - 0.5f) / kVectorSize;
    }
    out_ = WordVectors::Zero(2 * texts.counts.size(), kVectorSize);
    if (texts.counts.empty()) return;

    double total = 0;
    for (const uint64_t count : texts.counts) total += static_cast<double>(count);
    std::vector<double> weights;
    for (const uint64_t count : texts.counts) {
      const double ratio = options.subsample * total / static_cast<double>(count);
      keep_.push_back(std::sqrt(ratio) + ratio);
      weights.push_back(std::pow(static_cast<double>(count), 0.75));
    }
    sampler_.emplace(weights);
  }

  absl::StatusOr<WordVectors> Train(const LexiconProgress& progress) && {
    const double num_steps = static_cast<double>(texts_.words.size()) * options_.epochs;
    size_t done = 0, reported = 0;
    for (int epoch = 0; epoch < options_.epochs && !keep_.empty(); ++epoch) {
      for (size_t text = 0; text + 1 < texts_.begins.size(); ++text) {
        Subsample(text);
        done += texts_.begins[text + 1] - texts_.begins[text];
        rate_ = static_cast<float>(options_.learning_rate *
                                   std::max(1e-4, 1 - static_cast<double>(done) / num_steps));
        for (int t = 0; t < static_cast<int>(kept_.size()); ++t) LearnAround(t);
        if (progress != nullptr && done - reported > 100'000) {
          reported = done;
          if (!progress(static_cast<double>(done) / num_steps))
            return absl::CancelledError("cancelled");
        }
      }
    }
    return std::move(in_);
  }

 private:
  // Frequent words teach little each time, so only a share of them is kept.
  void Subsample(size_t text) {
    kept_.clear();
    for (size_t i = texts_.begins[text]; i < texts_.begins[text + 1]; ++i) {
      const uint32_t word = texts_.words[i];
      if (keep_[word] >= 1 || random_.Uniform() < keep_[word]) kept_.push_back(word);
    }
  }

  // The neighbours of a word learn to expect it, each on its side, and some random words not.
  void LearnAround(int t) {
    const int n = static_cast<int>(kept_.size());
    const int reach = 1 + static_cast<int>(random_.Below(static_cast<uint64_t>(options_.window)));
    for (uint32_t& negative : negatives_) negative = sampler_->Draw(random_);
    for (int side = 0; side < 2; ++side) {
      float* const outs = out_.data() + side * texts_.counts.size() * kVectorSize;
      const int first = side == 0 ? std::max(0, t - reach) : t + 1;
      const int last = side == 0 ? t : std::min(n, t + reach + 1);
      for (int c = first; c < last; ++c) {
        VectorMap input(in_.data() + kept_[c] * kVectorSize);
        const Vector before = input;
        Vector step = Vector::Zero();
        const auto learn = [&](uint32_t word, float label) {
          VectorMap output(outs + word * kVectorSize);
          const float g = rate_ * (label - sigmoid_(before.dot(output)));
          step += g * output;
          output += g * before;
        };
        learn(kept_[t], 1);
        for (const uint32_t negative : negatives_) {
          if (negative != kept_[t]) learn(negative, 0);
        }
        input += step;
      }
    }
  }

  const WordSequences& texts_;
  const SkipGramOptions& options_;
  Random random_;
  WordVectors in_;
  // The vectors of words as neighbours, to the left and to the right.
  WordVectors out_;
  std::vector<double> keep_;  // the share of each word's occurrences that is kept
  std::optional<Sampler> sampler_;
  const Sigmoid sigmoid_;
  float rate_ = 0;
  std::vector<uint32_t> kept_, negatives_;
};

}  // namespace

absl::StatusOr<WordVectors> TrainSkipGram(const WordSequences& texts,
                                          const SkipGramOptions& options,
                                          const LexiconProgress& progress) {
  return SkipGram(texts, options).Train(progress);
}

}  // namespace winnow::ner

#include "common/ner/word_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>

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

}  // namespace

absl::StatusOr<WordVectors> TrainSkipGram(const WordSequences& texts,
                                          const SkipGramOptions& options,
                                          const PoolProgress& progress) {
  const size_t num_words = texts.counts.size();
  Random random(options.seed);
  WordVectors in(num_words, kVectorSize);
  for (Eigen::Index i = 0; i < in.size(); ++i) {
    in.data()[i] = (static_cast<float>(random.Uniform()) - 0.5f) / kVectorSize;
  }
  // Of words as neighbours to the left and to the right.
  WordVectors out = WordVectors::Zero(2 * num_words, kVectorSize);
  if (num_words == 0) return in;

  double total = 0;
  for (const uint64_t count : texts.counts) total += static_cast<double>(count);
  std::vector<double> keep(num_words), weights(num_words);
  for (size_t w = 0; w < num_words; ++w) {
    const double ratio = options.subsample * total / static_cast<double>(texts.counts[w]);
    keep[w] = std::sqrt(ratio) + ratio;
    weights[w] = std::pow(static_cast<double>(texts.counts[w]), 0.75);
  }
  const Sampler sampler(weights);
  const Sigmoid sigmoid;

  std::vector<uint32_t> kept, negatives(static_cast<size_t>(options.num_negatives));
  const double num_steps = static_cast<double>(texts.words.size()) * options.epochs;
  size_t done = 0, reported = 0;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    for (size_t text = 0; text + 1 < texts.begins.size(); ++text) {
      kept.clear();
      for (size_t i = texts.begins[text]; i < texts.begins[text + 1]; ++i) {
        const uint32_t word = texts.words[i];
        if (keep[word] >= 1 || random.Uniform() < keep[word]) kept.push_back(word);
      }
      done += texts.begins[text + 1] - texts.begins[text];
      const float rate = static_cast<float>(
          options.learning_rate * std::max(1e-4, 1 - static_cast<double>(done) / num_steps));
      const int n = static_cast<int>(kept.size());
      for (int t = 0; t < n; ++t) {
        const int reach = 1 + static_cast<int>(random.Below(static_cast<uint64_t>(options.window)));
        for (uint32_t& negative : negatives) negative = sampler.Draw(random);
        for (int side = 0; side < 2; ++side) {
          float* const outs = out.data() + side * num_words * kVectorSize;
          const int first = side == 0 ? std::max(0, t - reach) : t + 1;
          const int last = side == 0 ? t : std::min(n, t + reach + 1);
          for (int c = first; c < last; ++c) {
            VectorMap input(in.data() + kept[c] * kVectorSize);
            const Vector before = input;
            Vector step = Vector::Zero();
            const auto learn = [&](uint32_t word, float label) {
              VectorMap output(outs + word * kVectorSize);
              const float g = rate * (label - sigmoid(before.dot(output)));
              step += g * output;
              output += g * before;
            };
            learn(kept[t], 1);
            for (const uint32_t negative : negatives) {
              if (negative != kept[t]) learn(negative, 0);
            }
            input += step;
          }
        }
      }
      if (progress != nullptr && done - reported > 100'000) {
        reported = done;
        if (!progress(static_cast<double>(done) / num_steps))
          return absl::CancelledError("cancelled");
      }
    }
  }
  return in;
}

}  // namespace winnow::ner

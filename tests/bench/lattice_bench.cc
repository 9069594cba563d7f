// Speed of exact inference by number of labels: microseconds per token on one core, and as a
// multiple of a plain loop.
//
//   lattice_bench [TOKENS_PER_TEXT = 14]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "common/base/random.h"
#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/lattice.h"
#include "common/ner/tags.h"

namespace winnow::ner {
namespace {

constexpr size_t kNumTexts = 64;
constexpr uint32_t kMarginalLength = 8;

// The best of 5 measurements of at least 20 ms.
template <typename Pass>
double SecondsPerPass(const Pass& pass) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (int repetition = 0; repetition < 5; ++repetition) {
    size_t passes = 0;
    const Clock::time_point start = Clock::now();
    double seconds = 0;
    while (seconds < 0.02) {
      pass();
      ++passes;
      seconds = std::chrono::duration<double>(Clock::now() - start).count();
    }
    best = std::min(best, seconds / static_cast<double>(passes));
  }
  return best;
}

// Forward-backward as a textbook has it: over all pairs of tags that may follow each other.
class PlainForwardBackward {
 public:
  explicit PlainForwardBackward(const Transitions& transitions)
      : tags_(static_cast<int>(transitions.inside.size() / 4)) {
    for (int from = 0; from < tags_.num_tags(); ++from) {
      for (int to = 0; to < tags_.num_tags(); ++to) {
        const int index = tags_.TransitionIndex(from, to);
        if (index < 0) continue;
        const float score = (tags_.IsOpen(from) ? transitions.inside : transitions.outside)[index];
        edges_.push_back({from, to, std::exp(static_cast<double>(score))});
      }
    }
  }

  // Returns the probability of O at the first token.
  double Run(const std::vector<float>& scores, size_t n) {
    const size_t width = static_cast<size_t>(tags_.num_tags());
    psi_.assign(n * width, 1);
    alpha_.assign(n * width, 0);
    beta_.assign(n * width, 0);
    for (size_t t = 0; t < n; ++t) {
      for (size_t y = 1; y < width; ++y)
        psi_[t * width + y] = std::exp(scores[t * (width - 1) + y - 1]);
    }
    for (int y = 0; y <= 2 * tags_.num_labels(); ++y) alpha_[y] = psi_[y];
    std::vector<double> c(n, 1);
    for (size_t t = 0; t < n; ++t) {
      double* alpha = &alpha_[t * width];
      if (t > 0) {
        for (const Edge& edge : edges_)
          alpha[edge.to] += alpha_[(t - 1) * width + edge.from] * edge.factor;
        for (size_t y = 0; y < width; ++y) alpha[y] *= psi_[t * width + y];
      }
      double sum = 0;
      for (size_t y = 0; y < width; ++y) sum += alpha[y];
      for (size_t y = 0; y < width; ++y) alpha[y] /= sum;
      c[t] = sum;
    }
    for (size_t y = 0; y < width; ++y)
      beta_[(n - 1) * width + y] = tags_.IsOpen(static_cast<int>(y)) ? 0 : 1;
    for (size_t t = n - 1; t > 0; --t) {
      for (const Edge& edge : edges_) {
        beta_[(t - 1) * width + edge.from] +=
            edge.factor * psi_[t * width + edge.to] * beta_[t * width + edge.to] / c[t];
      }
    }
    return alpha_[0] * beta_[0];
  }

 private:
  struct Edge {
    int from, to;
    double factor;
  };

  TagSet tags_;
  std::vector<Edge> edges_;
  std::vector<double> psi_, alpha_, beta_;
};

void Measure(int num_labels, size_t num_tokens) {
  Random random(1);
  const auto draw = [&](std::vector<float>& values, double mean) {
    for (float& value : values) value = static_cast<float>(mean + 2 * random.Uniform() - 1);
  };
  Transitions transitions(num_labels);
  draw(transitions.outside, 0);
  draw(transitions.inside, 0);
  std::vector<std::vector<float>> texts(kNumTexts, std::vector<float>(num_tokens * 4 * num_labels));
  for (std::vector<float>& scores : texts) draw(scores, -3);

  const TransitionFactors factors(transitions, 1);
  PlainForwardBackward plain(transitions);
  Lattice lattice;
  CandidateFinder finder;
  Decoder decoder;
  std::vector<Candidate> candidates, spans;
  std::vector<float> marginals;
  std::vector<double> outside(transitions.outside.size()), inside(transitions.inside.size());
  double sink = 0;
  const auto microseconds = [&](const auto& of_text) {
    const double seconds = SecondsPerPass([&] {
      for (const std::vector<float>& scores : texts) of_text(scores);
    });
    return 1e6 * seconds / static_cast<double>(kNumTexts * num_tokens);
  };
  const double reference =
      microseconds([&](const auto& scores) { sink += plain.Run(scores, num_tokens); });
  const auto forward_backward = [&](const auto& scores) {
    lattice.Forward(scores, num_tokens, factors);
    lattice.Backward();
  };
  const double inference = microseconds(forward_backward);
  const double transition_counts = microseconds([&](const auto& scores) {
    forward_backward(scores);
    for (size_t t = 1; t < num_tokens; ++t)
      lattice.AddTransitions(t, 1, outside.data(), inside.data());
  });
  const double all_spans = microseconds([&](const auto& scores) {
    forward_backward(scores);
    SpanMarginals(lattice, kMarginalLength, marginals);
  });
  const std::vector<double> thresholds(static_cast<size_t>(num_labels), kDefaultThreshold);
  const double tagging = microseconds([&](const auto& scores) {
    finder.Find(scores, num_tokens, factors, kDefaultThreshold, candidates);
    decoder.Choose(candidates, num_tokens, thresholds, spans);
    sink += static_cast<double>(spans.size());
  });
  std::printf("%6d %9.3f %18.3f %22.3f %15.3f %9.3f %14.1f\n", num_labels, reference, inference,
              transition_counts, all_spans, tagging, reference / inference);
  if (sink < 0) std::printf("impossible\n");
}

}  // namespace
}  // namespace winnow::ner

int main(int argc, char** argv) {
  const size_t num_tokens = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 14;
  if (argc > 2 || num_tokens == 0) {
    std::fprintf(stderr, "usage: lattice_bench [TOKENS_PER_TEXT]\n");
    return 2;
  }
  std::printf("microseconds per token, texts of %zu tokens, best of 5\n", num_tokens);
  std::printf("%6s %9s %18s %22s %15s %9s %14s\n", "labels", "plain", "forward-backward",
              "and transition counts", "all spans to 8", "tagging", "times faster");
  for (const int num_labels : {1, 4, 6, 8, 15, 50, 200})
    winnow::ner::Measure(num_labels, num_tokens);
  return 0;
}

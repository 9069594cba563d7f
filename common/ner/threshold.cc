#include "common/ner/threshold.h"

#include <algorithm>

#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/lattice.h"

namespace winnow::ner {
namespace {

constexpr double kLowest = 0.1, kHighest = 0.5;

// What the choice of a threshold needs of a text.
struct PossibleSpans {
  size_t num_tokens = 0;
  size_t num_labels = 0;
  std::vector<Candidate> candidates;
};

// Also the expected number of spans of all texts.
std::vector<PossibleSpans> FindPossibleSpans(absl::Span<const ScoredText> texts,
                                             const std::vector<bool>& taught,
                                             double& num_expected) {
  Lattice lattice;
  std::vector<double> marginals;
  std::vector<PossibleSpans> found;
  num_expected = 0;
  for (const ScoredText& text : texts) {
    if (text.num_tokens == 0 || !lattice.Forward(text.scores, text.num_tokens, *text.factors))
      continue;
    lattice.Backward();
    num_expected += ExpectedSpans(lattice, taught, marginals);
    PossibleSpans& spans = found.emplace_back();
    spans.num_tokens = text.num_tokens;
    spans.num_labels = static_cast<size_t>(text.factors->num_labels());
    FindCandidates(lattice, kLowest, spans.candidates);
  }
  return found;
}

}  // namespace

double FitThreshold(absl::Span<const ScoredText> texts, const std::vector<bool>& taught) {
  constexpr int kIterations = 6;
  double num_expected;
  const std::vector<PossibleSpans> possible = FindPossibleSpans(texts, taught, num_expected);

  // Dinkelbach: with the threshold at half of the F1 that it reached, the next F1 is never lower,
  // and a few rounds reach the fixed point.
  Decoder decoder;
  std::vector<Candidate> spans;
  double threshold = kDefaultThreshold;
  for (int iteration = 0; iteration < kIterations && num_expected > 0; ++iteration) {
    double num_predicted = 0, num_right = 0;
    for (const PossibleSpans& text : possible) {
      const std::vector<double> thresholds(text.num_labels, threshold);
      decoder.Choose(text.candidates, text.num_tokens, thresholds, spans);
      for (const Candidate& span : spans) {
        if (!IsTaught(taught, span.span.label)) continue;
        num_right += span.probability;
        ++num_predicted;
      }
    }
    // This is half of F1 = 2 right / (predicted + expected).
    threshold = std::clamp(num_right / (num_predicted + num_expected), kLowest, kHighest);
  }
  return threshold;
}

}  // namespace winnow::ner

#include "common/ner/threshold.h"

#include <algorithm>

#include "common/ner/candidates.h"
#include "common/ner/decode.h"
#include "common/ner/lattice.h"

namespace winnow::ner {
namespace {

constexpr double kLowest = 0.1, kHighest = 0.5;

double ExpectedSpansOf(absl::Span<const ScoredText> texts, const std::vector<bool>& taught) {
  Lattice lattice;
  std::vector<double> marginals;
  double sum = 0;
  for (const ScoredText& text : texts) {
    if (text.num_tokens == 0 || !lattice.Forward(text.scores, text.num_tokens, *text.factors))
      continue;
    lattice.Backward();
    sum += ExpectedSpans(lattice, taught, marginals);
  }
  return sum;
}

}  // namespace

double FitThreshold(absl::Span<const ScoredText> texts, const std::vector<bool>& taught) {
  constexpr int kIterations = 6;
  const double num_expected = ExpectedSpansOf(texts, taught);

  // Dinkelbach: with the threshold at half of the F1 that it reached, the next F1 is never lower,
  // and a few rounds reach the fixed point.
  Decoder decoder;
  std::vector<Candidate> spans;
  double threshold = kDefaultThreshold;
  for (int iteration = 0; iteration < kIterations && num_expected > 0; ++iteration) {
    double num_predicted = 0, num_right = 0;
    for (const ScoredText& text : texts) {
      const std::vector<double> thresholds(text.factors->num_labels(), threshold);
      decoder.Decode(text.scores, text.num_tokens, *text.factors, thresholds, spans);
      for (const Candidate& span : spans) {
        if (span.span.label < taught.size() && !taught[span.span.label]) continue;
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

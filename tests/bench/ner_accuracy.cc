#include "tests/bench/ner_accuracy.h"

#include <map>
#include <set>

#include "common/ner/lattice.h"
#include "common/ner/reliability.h"
#include "common/stats/asking.h"
#include "common/stats/f1.h"
#include "tests/bench/in_parallel.h"
#include "tests/bench/ner_tagging.h"

namespace winnow::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Counts {
  size_t correct = 0, predicted = 0, gold = 0;

  Json ToJson() const {
    const auto ratio = [](double a, double b) { return b > 0 ? a / b : 0; };
    return {{"precision", ratio(correct, predicted)},
            {"recall", ratio(correct, gold)},
            {"f1", ratio(2.0 * correct, predicted + gold)}};
  }
};

}  // namespace

Json MeasureAccuracy(const ner::Model& model, const std::vector<Sentence>& sentences,
                     const std::vector<std::string>& labels, size_t num_threads) {
  std::vector<std::vector<ner::TokenSpan>> predictions(sentences.size());
  InParallel(sentences.size(), num_threads, [&](size_t first, size_t last) {
    TaggingScratch scratch;
    for (size_t i = first; i < last; ++i) {
      Tag(model, sentences[i].views(), scratch);
      for (const ner::Candidate& candidate : scratch.spans)
        predictions[i].push_back(candidate.span);
    }
  });
  Counts all;
  std::map<uint32_t, Counts> by_label;
  const auto count = [&](const std::vector<ner::TokenSpan>& spans, size_t Counts::*number) {
    for (const ner::TokenSpan& span : spans) {
      ++(all.*number);
      ++(by_label[span.label].*number);
    }
  };
  std::vector<stats::SpanCounts> of_texts;
  for (size_t i = 0; i < sentences.size(); ++i) {
    std::vector<ner::TokenSpan> correct;
    const std::set<ner::TokenSpan> gold(sentences[i].spans.begin(), sentences[i].spans.end());
    for (const ner::TokenSpan& span : predictions[i]) {
      if (gold.contains(span)) correct.push_back(span);
    }
    count(correct, &Counts::correct);
    count(predictions[i], &Counts::predicted);
    count(sentences[i].spans, &Counts::gold);
    for (const uint32_t label : sentences[i].off_token_labels) {
      ++all.gold;
      ++by_label[label].gold;
    }
    of_texts.push_back(
        {static_cast<int>(correct.size()), static_cast<int>(predictions[i].size()),
         static_cast<int>(sentences[i].spans.size() + sentences[i].off_token_labels.size())});
  }
  Json result = all.ToJson();
  if (const auto report = stats::MeasureF1(of_texts); report.ok()) {
    const stats::Interval& interval = report->f1.interval;
    result["f1_interval"] = {interval.lower, interval.upper};
  }
  result["labels"] = Json::object();
  for (const auto& [label, counts] : by_label) {
    Json& entry = result["labels"][labels[label]] = counts.ToJson();
    entry["support"] = counts.gold;
  }
  return result;
}

Json MeasureCalibration(const ner::Model& model, const std::vector<Sentence>& sentences) {
  ner::Scorer scorer;
  ner::Lattice lattice;
  std::vector<float> scores;
  std::vector<ner::Candidate> candidates;
  std::vector<ner::Outcome> outcomes;
  for (const Sentence& sentence : sentences) {
    scorer.Score(model, sentence.views(), scores);
    if (!lattice.Forward(scores, sentence.tokens.size(), model.transition_factors())) continue;
    lattice.Backward();
    ner::FindCandidates(lattice, stats::kMinAskedProbability, candidates);
    const std::set<ner::TokenSpan> gold(sentence.spans.begin(), sentence.spans.end());
    for (const ner::Candidate& candidate : candidates) {
      outcomes.push_back({candidate.probability, gold.contains(candidate.span)});
    }
  }
  const ner::Reliability reliability = ner::MeasureReliability(outcomes);
  return {{"num_spans", outcomes.size()},
          {"ece", reliability.ece},
          {"ece_of_perfect_score", ner::PerfectEce(outcomes)},
          {"brier", reliability.brier}};
}

}  // namespace winnow::bench

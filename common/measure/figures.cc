#include "common/measure/figures.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "common/ner/tagger.h"
#include "common/stats/asking.h"
#include "common/text/tokenizer.h"

namespace winnow::measure {
namespace {

using storage::v1::Span;

using SpanSet = std::set<Span, text::SpanLess>;

bool Contains(absl::Span<const std::string> labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

Span ToSpan(const ner::ScoredSpan& scored, const ner::Model& model) {
  return text::MakeSpan(scored.start, scored.end, model.labels()[scored.label]);
}

stats::SpanCounts CountSpans(const std::vector<Span>& predicted, const std::vector<Span>& gold,
                             const std::string* label) {
  const SpanSet gold_set(gold.begin(), gold.end());
  stats::SpanCounts counts;
  for (const Span& span : gold_set) counts.gold += label == nullptr || span.label() == *label;
  for (const Span& span : predicted) {
    if (label != nullptr && span.label() != *label) continue;
    ++counts.predicted;
    counts.tp += gold_set.count(span) > 0;
  }
  return counts;
}

}  // namespace

std::vector<GoldText> GoldTexts(absl::Span<const LabelledExample> texts,
                                absl::Span<const std::string> labels) {
  std::vector<GoldText> result;
  for (const LabelledExample& example : texts) {
    GoldText gold;
    gold.labels = CompleteLabels(example.labelled, labels);
    if (gold.labels.empty()) continue;
    gold.text = example.labelled.text();
    gold.split_key = example.split_key;
    for (const Span& span : example.labelled.accepted()) {
      if (Contains(gold.labels, span.label())) gold.spans.push_back(span);
    }
    result.push_back(std::move(gold));
  }
  return result;
}

uint64_t RemoveTrainedOn(const models::TrainingKeys& keys, std::vector<GoldText>& texts) {
  return std::erase_if(texts, [&](const GoldText& text) {
    return std::binary_search(keys.begin(), keys.end(), text.split_key);
  });
}

std::vector<Span> PredictSpans(const ner::Model& model, absl::string_view text,
                               absl::Span<const std::string> labels) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> scored;
  tagger.Tag(model, text, scored);
  std::vector<Span> spans;
  for (const ner::ScoredSpan& found : scored) {
    if (labels.empty() || Contains(labels, model.labels()[found.label]))
      spans.push_back(ToSpan(found, model));
  }
  return spans;
}

SpanProbabilities FindProbabilities(const ner::Model& model, absl::string_view text,
                                    double minimum) {
  thread_local ner::Tagger tagger;
  std::vector<ner::ScoredSpan> candidates;
  tagger.FindCandidates(model, text, minimum, candidates);
  SpanProbabilities probabilities;
  for (const ner::ScoredSpan& candidate : candidates)
    probabilities[ToSpan(candidate, model)] = candidate.probability;
  return probabilities;
}

std::vector<Span> UnpredictableSpans(absl::string_view text, absl::Span<const Span> spans) {
  std::set<uint32_t> starts, ends;
  for (const text::Token& token : text::Tokenize(text)) {
    starts.insert(token.start);
    ends.insert(token.end);
  }
  std::vector<Span> unpredictable, kept;
  std::vector<Span> longest_first(spans.begin(), spans.end());
  absl::c_stable_sort(longest_first, [](const Span& a, const Span& b) {
    return a.end() - a.start() > b.end() - b.start();
  });
  for (const Span& span : longest_first) {
    const bool on_tokens = starts.count(span.start()) > 0 && ends.count(span.end()) > 0;
    const bool is_free =
        absl::c_none_of(kept, [&](const Span& other) { return text::Overlaps(span, other); });
    (on_tokens && is_free ? kept : unpredictable).push_back(span);
  }
  return unpredictable;
}

GoldCounts CountOnGold(const ner::Model& model, absl::Span<const GoldText> texts,
                       absl::FunctionRef<bool()> is_cancelled) {
  GoldCounts counts;
  for (const GoldText& gold : texts) {
    if (is_cancelled()) return counts;
    const std::vector<Span> lost = UnpredictableSpans(gold.text, gold.spans);
    if (counts.num_unpredictable == 0 && !lost.empty())
      counts.unpredictable_example = text::DescribeSpan(gold.text, lost[0]);
    counts.num_unpredictable += lost.size();
    std::vector<Span> predicted = PredictSpans(model, gold.text, gold.labels);
    counts.texts.push_back(CountSpans(predicted, gold.spans, nullptr));
    for (const std::string& label : gold.labels) {
      counts.by_label[label].push_back(CountSpans(predicted, gold.spans, &label));
    }
    counts.predictions.push_back(std::move(predicted));
  }
  return counts;
}

std::vector<ner::Outcome> CandidateOutcomes(const ner::Model& model,
                                            absl::Span<const GoldText> texts) {
  std::vector<ner::Outcome> outcomes;
  for (const GoldText& gold : texts) {
    const SpanSet right(gold.spans.begin(), gold.spans.end());
    for (const auto& [span, probability] :
         FindProbabilities(model, gold.text, stats::kMinAskedProbability)) {
      if (Contains(gold.labels, span.label()))
        outcomes.push_back({probability, right.count(span) > 0});
    }
  }
  return outcomes;
}

uint64_t CountChanged(const GoldCounts& a, const GoldCounts& b) {
  uint64_t changed = 0;
  for (size_t i = 0; i < a.predictions.size(); ++i)
    changed += !text::SameSpans(a.predictions[i], b.predictions[i]);
  return changed;
}

}  // namespace winnow::measure

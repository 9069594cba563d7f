// Figures of models on annotated texts. Each says what its sample is; none is called accuracy.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/measure/labelled_texts.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/ner/reliability.h"
#include "common/stats/f1.h"
#include "common/text/spans.h"

namespace winnow::measure {

// A text with all spans of the labels it covers.
struct GoldText {
  std::string text;
  uint64_t split_key = 0;
  // Sorted, not empty.
  std::vector<std::string> labels;
  // Of these labels.
  std::vector<storage::v1::Span> spans;
};

// The texts that are completely annotated for at least one of `labels`.
std::vector<GoldText> GoldTexts(absl::Span<const LabelledExample> texts,
                                absl::Span<const std::string> labels);

// Removes the texts with these split keys and returns their number.
uint64_t RemoveTrainedOn(const models::TrainingKeys& keys, std::vector<GoldText>& texts);

struct GoldCounts {
  // Of each text, in order.
  std::vector<stats::SpanCounts> texts;
  std::map<std::string, std::vector<stats::SpanCounts>> by_label;
  // What the model predicts of the labels covered, in order; for counting changed texts.
  std::vector<std::vector<storage::v1::Span>> predictions;
  // Gold spans that no model can predict (UnpredictableSpans), and the first of them for people.
  uint64_t num_unpredictable = 0;
  std::string unpredictable_example;
};

// Those of the spans that no model can predict: they begin or end inside a token, or overlap a
// longer one.
std::vector<storage::v1::Span> UnpredictableSpans(absl::string_view text,
                                                  absl::Span<const storage::v1::Span> spans);

// Runs the model over the texts and counts exact spans; of fewer texts, when `is_cancelled`.
GoldCounts CountOnGold(
    const ner::Model& model, absl::Span<const GoldText> texts,
    absl::FunctionRef<bool()> is_cancelled = [] { return false; });

// Whether the spans with a probability of stats::kMinAskedProbability or more, of the labels that
// each text covers, are right.
std::vector<ner::Outcome> CandidateOutcomes(const ner::Model& model,
                                            absl::Span<const GoldText> texts);

// Number of texts on which two models predict different spans. REQUIRES: equal sizes.
uint64_t CountChanged(const GoldCounts& a, const GoldCounts& b);

// The model's best labelling of a text, spans of `labels` only (all when empty), sorted.
std::vector<storage::v1::Span> PredictSpans(const ner::Model& model, absl::string_view text,
                                            absl::Span<const std::string> labels);

// The spans that the model gives at least a probability, with it.
using SpanProbabilities = std::map<storage::v1::Span, double, text::SpanLess>;
SpanProbabilities FindProbabilities(const ner::Model& model, absl::string_view text,
                                    double minimum);

}  // namespace winnow::measure

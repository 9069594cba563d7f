// Spans of texts, by a model.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/models/model_cache.h"
#include "common/ner/tagger.h"
#include "services/evaluation/request_check.h"
#include "services/evaluation/tagger_pool.h"

namespace winnow::evaluation {

inline constexpr size_t kMaxTexts = 1000;
inline constexpr size_t kMaxTextBytes = size_t{1} << 20;
// Smaller ones would list nearly every stretch of a long text.
inline constexpr double kMinMinProbability = 1e-6;
// Bounds the memory of one reply: more spans do not fit into the 4 MB that clients take.
inline constexpr size_t kMaxSpansPerReply = 250'000;

struct PredictionRequest {
  // "name" or "name@N".
  std::string model;
  // 1 to kMaxTexts of at most kMaxTextBytes each, which the caller keeps.
  std::vector<absl::string_view> texts;
  // In [kMinMinProbability, 1): all spans of at least this probability. Without it the best
  // labelling.
  std::optional<double> min_probability;
  // Only these; empty means all.
  std::vector<std::string> labels;
};

// Everything is by one version of the model.
struct Predictions {
  Model model;
  // One list a text, in order; each is sorted by start, end and label. With a min_probability its
  // spans may overlap each other.
  std::vector<std::vector<ner::ScoredSpan>> texts;
};

// Asks `is_cancelled` between texts. InvalidArgument with everything that is wrong; NotFound
// (UNKNOWN_MODEL); Cancelled; ResourceExhausted above kMaxSpansPerReply. Thread-safe.
absl::StatusOr<Predictions> Predict(models::ModelCache& models, TaggerPool& taggers,
                                    const PredictionRequest& request,
                                    absl::FunctionRef<bool()> is_cancelled);

}  // namespace winnow::evaluation

// Spans of texts, by a model.
#pragma once

#include <cstddef>
#include <functional>

#include "absl/status/statusor.h"
#include "common/models/model_cache.h"
#include "services/evaluation/tagger_pool.h"
#include "winnow/evaluation/v1/evaluation.pb.h"

namespace winnow::evaluation {

inline constexpr int kMaxTexts = 1000;
inline constexpr size_t kMaxTextBytes = size_t{1} << 20;
// Smaller ones would list nearly every stretch of a long text.
inline constexpr double kMinMinProbability = 1e-6;
// Of one reply, which thus stays below rpc::kMaxMessageBytes.
inline constexpr size_t kMaxSpansPerReply = 1'000'000;

// True when nobody waits for the result any more.
using IsCancelled = std::function<bool()>;

// The reply to a request, all of it by one version of the model. Asks `is_cancelled` between texts.
// Spans are sorted by start, end and label; with a min_probability they may overlap each other.
// InvalidArgument with everything that is wrong; NotFound (UNKNOWN_MODEL); Cancelled;
// ResourceExhausted above kMaxSpansPerReply. Thread-safe.
absl::StatusOr<v1::PredictResponse> Predict(models::ModelCache& models, TaggerPool& taggers,
                                            const v1::PredictRequest& request,
                                            const IsCancelled& is_cancelled);

}  // namespace winnow::evaluation

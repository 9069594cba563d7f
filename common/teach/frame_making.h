// Makes audit frames: the hold-out texts of a queue and their candidates, from which the audit
// sample is drawn (common/stats/audit.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/corpus.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/teach/pool.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

inline constexpr size_t kMaxFrameTexts = 5000;

// Told after each text how many of how many are done; false ends the work.
using ProgressFn = std::function<bool(uint64_t done, uint64_t total)>;

// Makes the frame of that index from hold-out texts, and stores it with the queue: candidates under
// `model`, which is that of frame.model_version. At most kMaxFrameTexts texts, drawn by their split
// keys; those in `trained_on` are left out. Written in pieces, visible as a whole. Cancelled when
// `progress` says so; what was written is then written over the next time.
absl::Status MakeAuditFrame(const storage::v1::Queue& queue, size_t index,
                            const storage::v1::AuditFrame& frame,
                            absl::Span<const PoolText> holdout, const ner::Model& model,
                            const models::TrainingKeys& trained_on, corpus::Corpus& corpus,
                            const ProgressFn& progress);

// Makes the frame of that index beside those before it: of their texts, the spans that one of
// `models` predicts and that none of them has. The probabilities are those of the model that
// predicts them, of the first where several do. Stored as a whole.
absl::Status MakeFrameBeside(const storage::v1::Queue& queue, size_t index,
                             const storage::v1::AuditFrame& frame,
                             absl::Span<const ner::Model* const> models, corpus::Corpus& corpus,
                             const ProgressFn& progress);

}  // namespace winnow::teach

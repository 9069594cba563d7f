// Audit frames: the hold-out texts of a queue and their candidates, from which the audit sample is
// drawn (common/stats/audit.h).
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

// The question that an audit frame asks about one of its texts.
struct AuditQuestion {
  corpus::Id task;
  corpus::Id example;
  storage::v1::Span span;
  double probability = 0;
  std::string model_version;
};

// By frame, the questions in the order in which they are asked. The order of a frame never changes,
// so what was asked is its beginning.
absl::StatusOr<std::vector<std::vector<AuditQuestion>>> ReadAuditQuestions(
    const corpus::CorpusReader& reader, const storage::v1::Queue& queue);

}  // namespace winnow::teach

// The audit sample of a queue: what was asked of its frames (common/stats/audit.h), and the
// answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/corpus/reader.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/ner/reliability.h"
#include "common/stats/audit.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::measure {

// What a frame asks of one of its texts.
struct PlannedQuestion {
  stats::AuditPlan plan;
  // 16 bytes.
  std::string task_id;
};

// Nothing where the frame has no candidate in the text. REQUIRES: the frame is one of the queue's.
std::optional<PlannedQuestion> PlanQuestion(const storage::v1::Queue& queue,
                                            const storage::v1::FrameText& text);

// The audit answers of a queue, as seen by two models (the same twice, to measure one).
struct AuditSample {
  std::string queue;
  std::vector<stats::AuditText> texts;
  // What became of the probabilities of model B: the questions answered yes or no, weighted by 1 /
  // pi.
  std::vector<ner::Outcome> outcomes;
  // Texts on which the two predict different spans.
  uint64_t num_changed = 0;
  // Audit questions of other queues on the same data sets, which cannot simply be added up and are
  // left out.
  uint64_t num_other_answers = 0;
  // Texts of the frames left out because of `leaked`.
  uint64_t num_leaked = 0;
  // Digest of which queue it is and of its frames that are not beside others: what repeated tries
  // are counted by.
  std::string digest;
};

// The audit sample of the queue that has most audit answers in `datasets`; texts with split keys in
// `leaked` are left out and counted, those with split keys in `unused` (sorted, too) left out only.
// A question of its frame that its data set answers already is not asked again: that answer counts,
// whoever asked. The spans of a frame beside others count when stats::kMinAnswers of its questions,
// or all, were asked, and are as unchecked before as if there were none. Nothing when there are no
// audit answers.
absl::StatusOr<std::optional<AuditSample>> ReadAuditSample(
    const corpus::CorpusReader& reader, absl::Span<const std::string> datasets,
    uint64_t up_to_revision, const ner::Model& model_a, const ner::Model& model_b,
    const models::TrainingKeys& leaked, const models::TrainingKeys& unused = {});

}  // namespace winnow::measure

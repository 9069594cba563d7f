// The kinds of job of this service.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "common/jobs/job_kind.h"
#include "common/kv/once.h"
#include "services/training/training_environment.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Trains a version (train_version.h).
inline constexpr absl::string_view kTrainingKind = "training";
// Learns the words of the spec's pool, for trainings to come, and publishes nothing. Errors:
// NotFound for an unknown source, FailedPrecondition for one that is too small, Cancelled.
inline constexpr absl::string_view kPoolKind = "pool";

// Judges a version again (judge_again.h).
inline constexpr absl::string_view kJudgingKind = "judging";

// The kind of job that the spec asks for.
absl::string_view KindOf(const storage::v1::TrainingSpec& spec,
                         const storage::v1::TrainingFiles& files);

// All kinds: their payload is storage.v1.TrainingSpec, their input TrainingFiles, their result
// TrainingReport. `environment` must outlive them.
std::vector<jobs::JobKind> JobKinds(const TrainingEnvironment& environment);

// Where the jobs database keeps the replies to requests.
inline kv::ReplyLog RequestLog() { return kv::ReplyLog("request/", "request-by-age/"); }

}  // namespace winnow::training

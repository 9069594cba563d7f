// A version that was published before is measured again, on the answers that have come since.
#pragma once

#include "absl/status/statusor.h"
#include "common/jobs/job_kind.h"
#include "services/training/training_environment.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// The report has the figures of spec.judged_version, and the gate's verdict, by which `serving`
// moves; one that is refused is no candidate any more. Nothing else of the report is set. Errors:
// NotFound for an unknown version or data set, FailedPrecondition for a version that serves or does
// not tell what it was trained from, Cancelled.
absl::StatusOr<storage::v1::TrainingReport> JudgeAgain(const TrainingEnvironment& environment,
                                                       const storage::v1::TrainingSpec& spec,
                                                       jobs::JobContext& context);

}  // namespace winnow::training

// One batch training from beginning to end: read, train, calibrate, measure, publish, promote or
// not.
#pragma once

#include "absl/status/statusor.h"
#include "common/jobs/job_kind.h"
#include "services/training/training_environment.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Trains and publishes a version. The context's input is TrainingFiles. A job that had published
// before the process died gives its report again instead of a second version. Errors: NotFound for
// an unknown data set, source or model, InvalidArgument for what contradicts the parent or the
// answers, FailedPrecondition (NOTHING_TO_TRAIN_ON), Cancelled.
absl::StatusOr<storage::v1::TrainingReport> TrainVersion(const TrainingEnvironment& environment,
                                                         const storage::v1::TrainingSpec& spec,
                                                         jobs::JobContext& context);

}  // namespace winnow::training

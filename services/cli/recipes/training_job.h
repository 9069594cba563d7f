// A training job: started, watched to its end, cancelled when the command is interrupted.
#pragma once

#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::cli {

// Starts the job, notes its progress, and returns it when it has succeeded. Error: that of the job,
// or Cancelled.
absl::StatusOr<training::v1::TrainingJob> RunTrainingJob(const training::v1::TrainingSpec& spec,
                                                         Session& session,
                                                         Environment& environment);

}  // namespace winnow::cli

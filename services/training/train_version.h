// One batch training from beginning to end: read, train, calibrate, measure, publish, promote or
// not.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/models/model_store.h"
#include "common/rpc/snapshot_client.h"
#include "services/training/job_runner.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// What a training needs; all of it must outlive its use.
struct TrainingEnvironment {
  models::ModelPublisher* publisher = nullptr;
  // Takes a snapshot of the annotation service's corpus.
  std::function<absl::StatusOr<rpc::CorpusSnapshot>()> take_snapshot;
  // Keeps what pools taught.
  JobStore* store = nullptr;
  const Clock* clock = nullptr;
};

// Runs a job and publishes its version; a job of a pool alone publishes none. A job that had
// published before the process died gives its report again instead of a second version. Errors:
// NotFound for an unknown data set, source or model, FailedPrecondition (NOTHING_TO_TRAIN_ON; a
// pool alone that is too small), Cancelled.
absl::StatusOr<v1::TrainingReport> TrainVersion(const TrainingEnvironment& environment,
                                                const v1::TrainingJob& job, JobContext& context);

}  // namespace winnow::training

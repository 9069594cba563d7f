// Runs training jobs one after another on a thread of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/training/job_store.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// What a running job may do: report progress, and ask whether it was cancelled.
class JobContext {
 public:
  virtual ~JobContext() = default;
  // Shown to watchers; false when the job must stop.
  virtual bool Progress(const std::string& phase, uint32_t epoch, uint32_t num_epochs,
                        double loss) = 0;
};

// Does the work of one job and publishes its version. Cancelled when Progress returned false.
using TrainFn = std::function<absl::StatusOr<v1::TrainingReport>(const v1::TrainingJob& job,
                                                                 JobContext& context)>;

// Thread-safe. The jobs that it returns, and those that have ended, have specs as Told
// (training_spec.h) leaves them. States: QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED;
// QUEUED -> CANCELLED. A job that was RUNNING when the process died is QUEUED again.
class JobRunner {
 public:
  // `store` and `clock` must outlive it. Jobs left from before are run again.
  static absl::StatusOr<std::unique_ptr<JobRunner>> Start(JobStore& store, const Clock& clock,
                                                          TrainFn train);
  // Stops the running job; unless it was cancelled it will run again with the next start.
  ~JobRunner();

  // The job is on disk when this returns. The same request id and spec returns the job made first;
  // another spec is AlreadyExists (REQUEST_ID_REUSED).
  absl::StatusOr<v1::TrainingJob> Create(const v1::CreateTrainingJobRequest& request);
  absl::StatusOr<v1::TrainingJob> Get(const std::string& id) const;
  absl::StatusOr<v1::TrainingJob> Cancel(const std::string& id);
  // As JobStore::List, each job in its state now.
  absl::StatusOr<std::vector<v1::TrainingJob>> List(const std::string& before_id,
                                                    size_t limit) const;

  // Waits until the job differs from `seen` or `timeout` is over, and returns it.
  absl::StatusOr<v1::TrainingJob> WaitForChange(const v1::TrainingJob& seen,
                                                absl::Duration timeout) const;

 private:
  class Context;
  JobRunner(JobStore& store, const Clock& clock, TrainFn train)
      : store_(store), clock_(clock), train_(std::move(train)) {}
  absl::Status Recover();
  void Run();
  void RunOne(v1::TrainingJob job);
  void Publish(const v1::TrainingJob& job) WINNOW_REQUIRES(mutex_);
  // The job in its state now.
  v1::TrainingJob Now(const v1::TrainingJob& stored) const WINNOW_REQUIRES(mutex_);

  JobStore& store_;
  const Clock& clock_;
  const TrainFn train_;
  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // Jobs that have not ended, in the order in which they run; the first one may be running.
  std::map<std::string, v1::TrainingJob> open_ WINNOW_GUARDED_BY(mutex_);
  std::string cancelled_ WINNOW_GUARDED_BY(mutex_);
  std::thread thread_;
};

bool HasEnded(const v1::TrainingJob& job);

}  // namespace winnow::training

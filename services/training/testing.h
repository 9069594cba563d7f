// What the tests of training share.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "common/kv/memory_store.h"
#include "common/measure/testing.h"
#include "common/models/training_keys.h"
#include "services/training/job_runner.h"
#include "services/training/job_store.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// Trains "jobs" from blank:en on the data set "d".
inline v1::TrainingSpec MakeSpec(const std::vector<std::string>& labels = {"job"}) {
  v1::TrainingSpec spec;
  spec.add_datasets("d");
  spec.set_parent("blank:en");
  spec.set_output("jobs");
  for (const std::string& label : labels) spec.add_labels(label);
  return spec;
}

// The split keys of texts, sorted.
inline models::TrainingKeys KeysOf(const std::vector<measure::Annotated>& ads) {
  models::TrainingKeys keys;
  for (const measure::Annotated& ad : ads) keys.push_back(text::SplitKey(ad.text));
  std::sort(keys.begin(), keys.end());
  return keys;
}

// Stands in for the work of a job: reports progress until it is told to end, or until Progress says
// stop.
class FakeTraining {
 public:
  TrainFn fn() {
    return [this](const v1::TrainingJob& job, JobContext& context) { return Run(job, context); };
  }
  // Jobs end with this from now on.
  void End(absl::StatusOr<v1::TrainingReport> result) {
    MutexLock lock(mutex_);
    result_ = std::make_unique<absl::StatusOr<v1::TrainingReport>>(std::move(result));
    changed_.NotifyAll();
  }
  // Jobs no longer ask whether to stop, until the next call.
  void SetDeaf(bool deaf) {
    MutexLock lock(mutex_);
    deaf_ = deaf;
    changed_.NotifyAll();
  }
  // Ids of the jobs in the order in which they were started.
  std::vector<std::string> started() const {
    MutexLock lock(mutex_);
    return started_;
  }

 private:
  absl::StatusOr<v1::TrainingReport> Run(const v1::TrainingJob& job, JobContext& context) {
    MutexLock lock(mutex_);
    started_.push_back(job.id());
    for (uint32_t epoch = 1;; ++epoch) {
      if (result_ != nullptr) return *result_;
      if (!deaf_ && !context.Progress("training", epoch, 10, 0.5))
        return absl::CancelledError("stopped");
      changed_.WaitFor(mutex_, std::chrono::milliseconds(1));
    }
  }

  mutable Mutex mutex_;
  CondVar changed_;
  bool deaf_ WINNOW_GUARDED_BY(mutex_) = false;
  std::unique_ptr<absl::StatusOr<v1::TrainingReport>> result_ WINNOW_GUARDED_BY(mutex_);
  std::vector<std::string> started_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::training

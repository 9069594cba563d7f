// Helpers that the tests of jobs share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/mutex.h"
#include "common/jobs/job_kind.h"

namespace winnow::jobs {

// Reads nothing and is never told to stop, for the work of a kind on its own.
class FakeContext final : public JobContext {
 public:
  explicit FakeContext(std::string id = "job-1", std::string input = "")
      : id_(std::move(id)), input_(std::move(input)) {}
  const std::string& job_id() const override { return id_; }
  absl::StatusOr<std::string> ReadInput() const override { return input_; }
  absl::Status Report(const storage::v1::JobProgress&) override { return absl::OkStatus(); }

 private:
  const std::string id_;
  const std::string input_;
};

// Stands in for the work of a job: reports progress until it is told to end, or until it is told to
// stop. Thread-safe.
class FakeWork {
 public:
  JobKind kind(const std::string& name = "work") {
    return {name, {"", "reading", "working"}, [this](const std::string&, JobContext& context) {
              return Run(context);
            }};
  }
  // Jobs end with this from now on.
  void End(absl::StatusOr<std::string> result) {
    MutexLock lock(mutex_);
    result_ = std::make_unique<absl::StatusOr<std::string>>(std::move(result));
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
  absl::StatusOr<std::string> Run(JobContext& context) {
    MutexLock lock(mutex_);
    started_.push_back(context.job_id());
    storage::v1::JobProgress progress;
    progress.set_phase(2);
    progress.set_total(10);
    storage::v1::JobFact& loss = *progress.add_facts();
    loss.set_name("loss");
    loss.set_value(0.5);
    for (uint64_t done = 1;; ++done) {
      if (result_ != nullptr) return *result_;
      progress.set_done(done);
      if (!deaf_) {
        if (absl::Status status = context.Report(progress); !status.ok()) return status;
      }
      changed_.WaitFor(mutex_, std::chrono::milliseconds(1));
    }
  }

  mutable Mutex mutex_;
  CondVar changed_;
  bool deaf_ WINNOW_GUARDED_BY(mutex_) = false;
  std::unique_ptr<absl::StatusOr<std::string>> result_ WINNOW_GUARDED_BY(mutex_);
  std::vector<std::string> started_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::jobs

#include "services/training/job_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "services/training/training_spec.h"

namespace winnow::training {
namespace {

// Ids sort by time of creation.
std::string NewId(const Clock& clock, absl::string_view request_id, absl::string_view spec) {
  const int64_t micros = absl::ToUnixMicros(clock.Now());
  return absl::StrFormat(
      "%016x-%08x", micros,
      static_cast<uint32_t>(Hash64(absl::StrCat(request_id, spec), static_cast<uint64_t>(micros))));
}

// The job without what may be large and only its run needs.
v1::TrainingJob Told(v1::TrainingJob job) {
  *job.mutable_spec() = training::Told(std::move(*job.mutable_spec()));
  return job;
}

}  // namespace

bool HasEnded(const v1::TrainingJob& job) {
  return job.state() == v1::JOB_STATE_SUCCEEDED || job.state() == v1::JOB_STATE_FAILED ||
         job.state() == v1::JOB_STATE_CANCELLED;
}

class JobRunner::Context final : public JobContext {
 public:
  Context(JobRunner& runner, v1::TrainingJob job) : runner_(runner), job_(std::move(job)) {}

  bool Progress(const std::string& phase, uint32_t epoch, uint32_t num_epochs,
                double loss) override {
    MutexLock lock(runner_.mutex_);
    job_.set_phase(phase);
    job_.set_epoch(epoch);
    job_.set_num_epochs(num_epochs);
    job_.set_loss(loss);
    runner_.Publish(job_);
    return !runner_.stopping_ && runner_.cancelled_ != job_.id();
  }

  v1::TrainingJob& job() { return job_; }

 private:
  JobRunner& runner_;
  v1::TrainingJob job_;
};

absl::StatusOr<std::unique_ptr<JobRunner>> JobRunner::Start(JobStore& store, const Clock& clock,
                                                            TrainFn train) {
  std::unique_ptr<JobRunner> runner(new JobRunner(store, clock, std::move(train)));
  WINNOW_RETURN_IF_ERROR(runner->Recover());
  runner->thread_ = std::thread([raw = runner.get()] { raw->Run(); });
  return runner;
}

JobRunner::~JobRunner() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

absl::Status JobRunner::Recover() {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::TrainingJob> jobs, store_.List("", SIZE_MAX));
  MutexLock lock(mutex_);
  for (v1::TrainingJob job : jobs) {
    if (HasEnded(job)) continue;
    job.set_state(v1::JOB_STATE_QUEUED);
    open_[job.id()] = job;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::TrainingJob> JobRunner::Create(const v1::CreateTrainingJobRequest& request) {
  const std::string spec = request.spec().SerializeAsString(), digest = Sha256Hex(spec);
  MutexLock lock(mutex_);
  if (!request.request_id().empty()) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::TrainingJob> jobs, store_.List("", SIZE_MAX));
    for (const v1::TrainingJob& job : jobs) {
      if (job.request_id() != request.request_id()) continue;
      if (job.spec_digest() == digest) return Now(job);
      return WithReason(absl::AlreadyExistsError(absl::StrCat("request_id '", request.request_id(),
                                                              "' was used for another training")),
                        "REQUEST_ID_REUSED");
    }
  }
  v1::TrainingJob job;
  job.set_id(NewId(clock_, request.request_id(), spec));
  job.set_request_id(request.request_id());
  *job.mutable_spec() = request.spec();
  job.set_spec_digest(digest);
  job.set_state(v1::JOB_STATE_QUEUED);
  *job.mutable_created() = rpc::ToTimestamp(clock_.Now());
  WINNOW_RETURN_IF_ERROR(store_.Put(job));
  Publish(job);
  return Told(std::move(job));
}

void JobRunner::Publish(const v1::TrainingJob& job) {
  if (HasEnded(job)) {
    open_.erase(job.id());
  } else {
    open_[job.id()] = job;
  }
  changed_.NotifyAll();
}

v1::TrainingJob JobRunner::Now(const v1::TrainingJob& stored) const {
  const auto it = open_.find(stored.id());
  return Told(it == open_.end() ? stored : it->second);
}

absl::StatusOr<v1::TrainingJob> JobRunner::Get(const std::string& id) const {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(const v1::TrainingJob stored, store_.Get(id));
  return Now(stored);
}

absl::StatusOr<std::vector<v1::TrainingJob>> JobRunner::List(const std::string& before_id,
                                                             size_t limit) const {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(std::vector<v1::TrainingJob> jobs, store_.List(before_id, limit));
  for (v1::TrainingJob& job : jobs) job = Now(job);
  return jobs;
}

absl::StatusOr<v1::TrainingJob> JobRunner::WaitForChange(const v1::TrainingJob& seen,
                                                         absl::Duration timeout) const {
  const std::string before = seen.SerializeAsString();
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(v1::TrainingJob job, Get(seen.id()));
    const absl::Duration left = deadline - absl::Now();
    if (job.SerializeAsString() != before || left <= absl::ZeroDuration()) return job;
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(std::min(left, absl::Milliseconds(200))));
  }
}

absl::StatusOr<v1::TrainingJob> JobRunner::Cancel(const std::string& id) {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(const v1::TrainingJob stored, store_.Get(id));
  v1::TrainingJob job = Now(stored);
  if (HasEnded(job)) return job;
  if (job.state() == v1::JOB_STATE_RUNNING) {
    cancelled_ = id;
    return job;
  }
  job.set_state(v1::JOB_STATE_CANCELLED);
  *job.mutable_ended() = rpc::ToTimestamp(clock_.Now());
  WINNOW_RETURN_IF_ERROR(store_.Put(job));
  Publish(job);
  return job;
}

void JobRunner::Run() {
  while (true) {
    v1::TrainingJob job;
    {
      MutexLock lock(mutex_);
      while (open_.empty() && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      job = open_.begin()->second;
      job.set_state(v1::JOB_STATE_RUNNING);
      Publish(job);
    }
    RunOne(std::move(job));
  }
}

void JobRunner::RunOne(v1::TrainingJob started) {
  Context context(*this, std::move(started));
  const absl::StatusOr<v1::TrainingReport> report = train_(context.job(), context);
  MutexLock lock(mutex_);
  v1::TrainingJob job = context.job();
  const bool cancelled = cancelled_ == job.id();
  // Left open: it runs again after the restart.
  if (!report.ok() && stopping_ && !cancelled) return;
  if (report.ok()) {
    job.set_state(v1::JOB_STATE_SUCCEEDED);
    *job.mutable_report() = *report;
  } else if (cancelled) {
    job.set_state(v1::JOB_STATE_CANCELLED);
  } else {
    job.set_state(v1::JOB_STATE_FAILED);
    job.set_error(std::string(report.status().message()));
    job.set_error_code(static_cast<int>(report.status().code()));
    winnow::common::v1::ErrorReason reason;
    if (winnow::common::v1::ErrorReason_Parse(
            absl::StrCat("ERROR_REASON_", ReasonOf(report.status())), &reason)) {
      job.set_error_reason(reason);
    }
  }
  *job.mutable_ended() = rpc::ToTimestamp(clock_.Now());
  job = Told(std::move(job));
  if (const absl::Status status = store_.Put(job); !status.ok()) {
    LogError("training job ", job.id(), " has ended but cannot be stored: ", status.message());
  }
  Publish(job);
}

}  // namespace winnow::training

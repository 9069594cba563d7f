#include "common/jobs/job_runner.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/text/utf8.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;

// Ids sort by time of creation.
std::string MakeId(int64_t micros, const kv::RequestKey& request, const NewJob& job) {
  const uint64_t hash = Hash64(absl::StrCat(request.request_id, job.kind, job.payload),
                               static_cast<uint64_t>(micros));
  return absl::StrFormat("%016x-%08x", micros, static_cast<uint32_t>(hash));
}

absl::Status KeepsCrashing() {
  return WithReason(
      absl::AbortedError(absl::StrCat("the process died each of the ", kMaxStarts,
                                      " times that this job ran: it is not tried again")),
      "JOB_KEEPS_CRASHING");
}

// The message may quote anything.
void SetError(const absl::Status& why, Job& job) {
  job.set_error_code(static_cast<uint32_t>(why.code()));
  job.set_error_reason(ReasonOf(why));
  job.set_error_message(text::ReplaceInvalidUtf8(why.message()));
}

void ClearError(Job& job) {
  job.clear_error_code();
  job.clear_error_reason();
  job.clear_error_message();
}

}  // namespace

class JobRunner::Context final : public JobContext {
 public:
  Context(JobRunner& runner, std::string id) : runner_(runner), id_(std::move(id)) {}

  const std::string& job_id() const override { return id_; }

  absl::StatusOr<std::string> ReadInput() const override { return runner_.store_.GetInput(id_); }

  absl::Status Report(const storage::v1::JobProgress& progress) override {
    MutexLock lock(runner_.mutex_);
    Job& job = runner_.live_.at(id_);
    *job.mutable_progress() = progress;
    runner_.changed_.NotifyAll();
    if (job.cancel_requested()) return absl::CancelledError("the job was cancelled");
    if (runner_.stopping_) return absl::CancelledError("the service stops");
    return absl::OkStatus();
  }

 private:
  JobRunner& runner_;
  const std::string id_;
};

absl::StatusOr<std::unique_ptr<JobRunner>> JobRunner::Start(JobStore& store, kv::Once& once,
                                                            const Clock& clock,
                                                            std::vector<JobKind> kinds,
                                                            RunnerOptions options) {
  std::unique_ptr<JobRunner> runner(new JobRunner(store, once, clock, std::move(options)));
  WINNOW_RETURN_IF_ERROR(runner->AddKinds(std::move(kinds)));
  {
    MutexLock lock(runner->mutex_);
    WINNOW_RETURN_IF_ERROR(runner->Recover());
  }
  MutexLock lock(runner->threads_mutex_);
  for (size_t i = 0; i < std::max<size_t>(1, runner->options_.num_threads); ++i)
    runner->threads_.emplace_back([raw = runner.get()] { raw->Work(); });
  return runner;
}

JobRunner::~JobRunner() { Stop(); }

void JobRunner::RequestStop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
}

void JobRunner::Stop() {
  RequestStop();
  MutexLock lock(threads_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

absl::Status JobRunner::AddKinds(std::vector<JobKind> kinds) {
  for (JobKind& kind : kinds) {
    const std::string name = kind.name;
    if (!kinds_.emplace(name, std::move(kind)).second)
      return absl::InvalidArgumentError(absl::StrCat("there are two kinds of job '", name, "'"));
  }
  return absl::OkStatus();
}

absl::Status JobRunner::Recover() {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Job> newest, store_.List("", 1));
  if (!newest.empty()) newest_micros_ = newest[0].create_unix_micros();
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Job> open, store_.ListOpen());
  for (Job job : open) {
    if (HasEnded(job)) {
      options_.log(LogLevel::kError,
                   absl::StrCat("job ", job.id(), " is left out: ", job.error_message()));
    } else if (job.cancel_requested()) {
      End(std::move(job), storage::v1::JOB_STATE_CANCELLED);
    } else if (kinds_.count(job.kind()) == 0) {
      Fail(job, absl::UnimplementedError(absl::StrCat("no kind of job '", job.kind(), "'")));
    } else if (job.num_starts() >= kMaxStarts) {
      Fail(job, KeepsCrashing());
    } else {
      Requeue(std::move(job));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Job> JobRunner::Create(const kv::RequestKey& request, const NewJob& created) {
  if (kinds_.count(created.kind) == 0)
    return absl::InvalidArgumentError(absl::StrCat("no kind of job '", created.kind, "'"));
  // Held while it is written, so that nobody cancels a job that is not known here yet.
  MutexLock lock(mutex_);
  if (stopping_) return absl::UnavailableError("the service stops");
  Job job;
  const int64_t micros = std::max(NowMicros(), newest_micros_ + 1);
  job.set_id(MakeId(micros, request, created));
  job.set_kind(created.kind);
  job.set_request_id(request.request_id);
  job.set_body_digest(request.body_digest);
  job.set_payload(created.payload);
  job.set_state(storage::v1::JOB_STATE_QUEUED);
  job.set_create_unix_micros(micros);
  const auto add = [&](kv::Batch& batch) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(JobStore::Add(job, created.input, batch));
    return job.id();
  };
  WINNOW_ASSIGN_OR_RETURN(const std::string id, once_.Run(request, add));
  if (id != job.id()) {
    WINNOW_ASSIGN_OR_RETURN(Job first, Find(id));
    if (first.state() == storage::v1::JOB_STATE_WAITING) Requeue(std::move(first));
    return Find(id);
  }
  newest_micros_ = micros;
  Publish(job, /*stored=*/true);
  return job;
}

absl::StatusOr<Job> JobRunner::Find(const std::string& id) const {
  const auto it = live_.find(id);
  if (it != live_.end()) return it->second;
  return store_.Get(id);
}

absl::StatusOr<Job> JobRunner::Get(const std::string& id) const {
  MutexLock lock(mutex_);
  return Find(id);
}

absl::StatusOr<std::vector<Job>> JobRunner::List(const std::string& before_id, size_t limit) const {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(std::vector<Job> jobs, store_.List(before_id, limit));
  for (Job& job : jobs) {
    const auto it = live_.find(job.id());
    if (it != live_.end()) job = it->second;
  }
  return jobs;
}

absl::StatusOr<Job> JobRunner::WaitForChange(const Job& seen, absl::Duration timeout) const {
  // The deadline is of the machine's time: an injected clock may stand still.
  const auto deadline = SteadyDeadline(timeout);
  const std::string before = seen.SerializeAsString();
  MutexLock lock(mutex_);
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(Job job, Find(seen.id()));
    if (job.SerializeAsString() != before) return job;
    if (stopping_) return absl::UnavailableError("the service stops");
    if (std::chrono::steady_clock::now() >= deadline) return job;
    changed_.WaitUntil(mutex_, deadline);
  }
}

absl::StatusOr<Job> JobRunner::Cancel(const std::string& id) {
  MutexLock lock(mutex_);
  WINNOW_ASSIGN_OR_RETURN(Job job, Find(id));
  if (HasEnded(job) || job.cancel_requested()) return job;
  if (job.state() == storage::v1::JOB_STATE_RUNNING) {
    job.set_cancel_requested(true);
  } else {
    job.set_state(storage::v1::JOB_STATE_CANCELLED);
    job.set_end_unix_micros(NowMicros());
  }
  WINNOW_RETURN_IF_ERROR(store_.Put(job));
  Publish(job, /*stored=*/true);
  if (HasEnded(job)) LogEnd(job);
  return job;
}

void JobRunner::Publish(const Job& job, bool stored) {
  if (HasEnded(job) && stored) {
    live_.erase(job.id());
    retries_.erase(job.id());
  } else {
    live_[job.id()] = job;
  }
  changed_.NotifyAll();
}

void JobRunner::Work() {
  Job job;
  while (TakeNext(job)) RunOne(job);
}

const Job* JobRunner::NextDue() const {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& [id, job] : live_) {
    if (job.state() == storage::v1::JOB_STATE_QUEUED) return &job;
    if (job.state() == storage::v1::JOB_STATE_WAITING && retries_.at(id).due <= now) return &job;
  }
  return nullptr;
}

void JobRunner::WaitUntilDue() {
  std::optional<std::chrono::steady_clock::time_point> next;
  for (const auto& [id, retry] : retries_) {
    const bool waits = live_.at(id).state() == storage::v1::JOB_STATE_WAITING;
    if (waits) next = std::min(next.value_or(retry.due), retry.due);
  }
  if (!next.has_value()) return changed_.Wait(mutex_);
  changed_.WaitUntil(mutex_, *next);
}

bool JobRunner::TakeNext(Job& job) {
  MutexLock lock(mutex_);
  while (true) {
    if (stopping_) return false;
    const Job* next = NextDue();
    if (next == nullptr) {
      WaitUntilDue();
      continue;
    }
    job = *next;
    job.set_state(storage::v1::JOB_STATE_RUNNING);
    job.set_num_starts(job.num_starts() + 1);
    job.set_start_unix_micros(NowMicros());
    job.clear_progress();
    ClearError(job);
    const absl::Status stored = store_.Put(job);
    if (!stored.ok()) {
      EndRun(job, stored);
      continue;
    }
    Publish(job, /*stored=*/true);
    LogStart(job);
    return true;
  }
}

void JobRunner::RunOne(const Job& started) {
  Context context(*this, started.id());
  const absl::StatusOr<std::string> result =
      kinds_.at(started.kind()).run(started.payload(), context);
  MutexLock lock(mutex_);
  EndRun(live_.at(started.id()), result);
}

void JobRunner::EndRun(Job job, const absl::StatusOr<std::string>& result) {
  if (result.ok()) {
    job.set_result(*result);
    End(std::move(job), storage::v1::JOB_STATE_SUCCEEDED);
  } else if (job.cancel_requested()) {
    End(std::move(job), storage::v1::JOB_STATE_CANCELLED);
  } else if (stopping_) {
    // Stopped in good order, which is no fault of the job.
    job.set_num_starts(job.num_starts() - 1);
    options_.log(LogLevel::kInfo,
                 absl::StrCat("job ", job.id(), " (", job.kind(), ") stopped and will run again"));
    Requeue(std::move(job));
  } else if (absl::IsUnavailable(result.status())) {
    job.set_num_starts(job.num_starts() - 1);
    Postpone(std::move(job), result.status());
  } else {
    Fail(std::move(job), result.status());
  }
}

void JobRunner::Requeue(Job job) {
  job.set_state(storage::v1::JOB_STATE_QUEUED);
  ClearError(job);
  Keep(job);
}

void JobRunner::Postpone(Job job, const absl::Status& why) {
  Retry& retry = retries_[job.id()];
  retry.delay = std::clamp(2 * retry.delay, options_.first_retry, options_.max_retry);
  retry.due = std::chrono::steady_clock::now() + retry.delay;
  job.set_state(storage::v1::JOB_STATE_WAITING);
  SetError(why, job);
  options_.log(LogLevel::kWarning, absl::StrCat("job ", job.id(), " (", job.kind(), ") waits ",
                                                retry.delay.count(), " ms: ", job.error_message()));
  Keep(job);
}

void JobRunner::Fail(Job job, const absl::Status& why) {
  SetError(why, job);
  End(std::move(job), storage::v1::JOB_STATE_FAILED);
}

void JobRunner::End(Job job, storage::v1::JobState state) {
  job.set_state(state);
  job.set_end_unix_micros(NowMicros());
  Keep(job);
  LogEnd(job);
}

void JobRunner::Keep(const Job& job) {
  const absl::Status stored = store_.Put(job);
  if (!stored.ok()) {
    options_.log(LogLevel::kError,
                 absl::StrCat("job ", job.id(), " is ", storage::v1::JobState_Name(job.state()),
                              ", which cannot be stored: ", stored.ToString()));
  }
  Publish(job, stored.ok());
}

void JobRunner::LogStart(const Job& job) const {
  const std::string attempt = job.num_starts() == 1
                                  ? ""
                                  : absl::StrCat(", attempt ", job.num_starts(), " of ", kMaxStarts,
                                                 ": the process died during the one before");
  options_.log(LogLevel::kInfo,
               absl::StrCat("job ", job.id(), " (", job.kind(), ") started", attempt));
}

void JobRunner::LogEnd(const Job& job) const {
  std::string message = absl::StrCat("job ", job.id(), " (", job.kind(), ") ");
  switch (job.state()) {
    case storage::v1::JOB_STATE_SUCCEEDED:
      absl::StrAppend(&message, "succeeded");
      break;
    case storage::v1::JOB_STATE_CANCELLED:
      absl::StrAppend(&message, "was cancelled");
      break;
    default:
      absl::StrAppend(&message, "failed");
  }
  if (job.start_unix_micros() > 0) {
    const double seconds =
        static_cast<double>(job.end_unix_micros() - job.start_unix_micros()) / 1e6;
    absl::StrAppend(&message, absl::StrFormat(" after %.1f s", seconds));
  }
  const auto kind = kinds_.find(job.kind());
  const uint32_t phase = job.progress().phase();
  if (job.state() != storage::v1::JOB_STATE_SUCCEEDED && kind != kinds_.end() && phase > 0 &&
      phase < kind->second.phases.size()) {
    absl::StrAppend(&message, " in phase \"", kind->second.phases[phase], "\"");
  }
  if (!job.error_message().empty()) absl::StrAppend(&message, ": ", job.error_message());
  const bool failed = job.state() == storage::v1::JOB_STATE_FAILED;
  options_.log(failed ? LogLevel::kWarning : LogLevel::kInfo, message);
}

}  // namespace winnow::jobs

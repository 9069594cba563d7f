// Runs durable jobs on threads of its own.
//
// The life of a job, each step on disk before anybody hears of it:
//
//     QUEUED -> RUNNING -> SUCCEEDED | FAILED | CANCELLED        QUEUED | WAITING -> CANCELLED
//                  <-> WAITING
//
// 1. A job whose process dies, or stops, before it has ended is QUEUED again with the next Start.
// 2. A job that was started kMaxStarts times and never ended is FAILED with the reason
//    JOB_KEEPS_CRASHING: it may be what kills the process.
// 3. A cancel that was acknowledged holds, whatever dies afterwards. A running job may yet succeed
//    before it hears of it; then it has SUCCEEDED.
// 4. Jobs are started in the order of their ids, which is that of their creation.
// 5. Progress is kept in memory while a job runs, and stored with its end.
// 6. A run that ends with Unavailable found something missing that may come, such as a service that
//    is not up yet: the job is WAITING, says for what, and runs again by itself, after
//    RunnerOptions::first_retry, then twice that and so on. A repetition of its request, or a
//    Start, tries at once. Such a run is none of the kMaxStarts.
// 7. A job whose record cannot be read is logged, told as FAILED (JobStore), and stops nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/jobs/job_kind.h"
#include "common/jobs/job_store.h"
#include "common/kv/once.h"
#include "winnow/storage/v1/jobs.pb.h"

namespace winnow::jobs {

inline constexpr uint32_t kMaxStarts = 3;

struct NewJob {
  // Name of one of the runner's kinds.
  std::string kind;
  // The record that says what to do. It is kept with the job and told to whoever asks.
  std::string payload;
  // Large data that only the run needs (JobContext::ReadInput); dropped when the job ends.
  std::string input;
};

struct RunnerOptions {
  // Jobs that run at a time; at least 1.
  size_t num_threads = 1;
  // How long a job waits for what was Unavailable, the first time and at most.
  std::chrono::milliseconds first_retry = std::chrono::seconds(1);
  std::chrono::milliseconds max_retry = std::chrono::minutes(1);
  // Told when a job is started, waits, and when it ends.
  std::function<void(LogLevel level, absl::string_view message)> log =
      [](LogLevel level, absl::string_view message) { LogEvent(level, message); };
};

// Thread-safe.
class JobRunner {
 public:
  // `store`, `once` and `clock` must outlive it; both lie over the same database. Jobs left from
  // before are queued again. InvalidArgument for two kinds of one name.
  static absl::StatusOr<std::unique_ptr<JobRunner>> Start(JobStore& store, kv::Once& once,
                                                          const Clock& clock,
                                                          std::vector<JobKind> kinds,
                                                          RunnerOptions options = {});
  // Stops.
  ~JobRunner();

  // Tells the running jobs to stop and returns when they have: see JobKind for how long they may
  // take. They run again with the next Start, unless they were cancelled. Waits of WaitForChange
  // end. May be called more than once.
  void Stop();
  // The beginning of it: returns at once.
  void RequestStop();

  // Queues a job, once per request (kv/once.h), and returns it; a repetition returns the job that
  // was made first in its state now. InvalidArgument for an unknown kind; Unavailable after Stop.
  absl::StatusOr<storage::v1::Job> Create(const kv::RequestKey& request, const NewJob& job);

  // The same as JobStore::Get and JobStore::List, with each job in its state now.
  absl::StatusOr<storage::v1::Job> Get(const std::string& id) const;
  absl::StatusOr<std::vector<storage::v1::Job>> List(const std::string& before_id,
                                                     size_t limit) const;

  // Ends a queued job and asks a running one to end; no effect on one that has ended.
  absl::StatusOr<storage::v1::Job> Cancel(const std::string& id);

  // Waits until the job differs from `seen` or `timeout` is over, and returns it. Unavailable when
  // the runner stops before.
  absl::StatusOr<storage::v1::Job> WaitForChange(const storage::v1::Job& seen,
                                                 absl::Duration timeout) const;

  // Implementation details; users may skip the rest.
 private:
  class Context;

  JobRunner(JobStore& store, kv::Once& once, const Clock& clock, RunnerOptions options)
      : store_(store), once_(once), clock_(clock), options_(std::move(options)) {}
  absl::Status AddKinds(std::vector<JobKind> kinds);
  absl::Status Recover() WINNOW_REQUIRES(mutex_);

  // A thread's loop: starts jobs until the runner stops.
  void Work();
  // Waits for a job and marks it as running; false when the runner stops.
  bool TakeNext(storage::v1::Job& job);
  // Null where no job is due.
  const storage::v1::Job* NextDue() const WINNOW_REQUIRES(mutex_);
  void WaitUntilDue() WINNOW_REQUIRES(mutex_);
  void RunOne(const storage::v1::Job& started);
  void EndRun(storage::v1::Job job, const absl::StatusOr<std::string>& result)
      WINNOW_REQUIRES(mutex_);

  // The job runs again as soon as a thread is free.
  void Requeue(storage::v1::Job job) WINNOW_REQUIRES(mutex_);
  // The job runs again later.
  void Postpone(storage::v1::Job job, const absl::Status& why) WINNOW_REQUIRES(mutex_);
  absl::StatusOr<storage::v1::Job> Find(const std::string& id) const WINNOW_REQUIRES(mutex_);
  // Makes the state of the job known, and forgets an ended job that is on disk.
  void Publish(const storage::v1::Job& job, bool stored) WINNOW_REQUIRES(mutex_);
  // Stores and publishes a job that has ended.
  void End(storage::v1::Job job, storage::v1::JobState state) WINNOW_REQUIRES(mutex_);
  void Fail(storage::v1::Job job, const absl::Status& why) WINNOW_REQUIRES(mutex_);
  // Stores a job as far as possible, and publishes it.
  void Keep(const storage::v1::Job& job) WINNOW_REQUIRES(mutex_);
  void LogStart(const storage::v1::Job& job) const;
  void LogEnd(const storage::v1::Job& job) const;
  int64_t NowMicros() const { return absl::ToUnixMicros(clock_.Now()); }

  // When a WAITING job is due, and how long it waited for that.
  struct Retry {
    std::chrono::steady_clock::time_point due;
    std::chrono::milliseconds delay{0};
  };

  JobStore& store_;
  kv::Once& once_;
  const Clock& clock_;
  const RunnerOptions options_;
  // By name.
  std::map<std::string, JobKind> kinds_;

  mutable Mutex mutex_;
  mutable CondVar changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // Jobs that have not ended, by id; and those whose end could not be stored.
  std::map<std::string, storage::v1::Job> live_ WINNOW_GUARDED_BY(mutex_);
  // Jobs that are WAITING, or were until they ran again, by id.
  std::map<std::string, Retry> retries_ WINNOW_GUARDED_BY(mutex_);
  // Creation time of the newest job: two jobs never have the same.
  int64_t newest_micros_ WINNOW_GUARDED_BY(mutex_) = 0;

  // Held by Stop while it waits, so that a second Stop waits, too.
  Mutex threads_mutex_;
  std::vector<std::thread> threads_ WINNOW_GUARDED_BY(threads_mutex_);
};

}  // namespace winnow::jobs

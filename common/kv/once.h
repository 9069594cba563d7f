// Running a mutating request once, however often it is sent: by its id, with the first reply kept.
//
// The contract:
// 1. An id counts within its scope, which is the caller and the method. Together they are the
//    request; an empty id switches all of this off.
// 2. The reply is written in the same batch as the effect of the request, so after a crash either
//    both are there or neither is.
// 3. The same request with the same body gets the first reply. With another body it is refused:
//    AlreadyExists, reason REQUEST_ID_REUSED.
// 4. A request that failed leaves nothing behind, so its repetition tries again.
// 5. A reply is kept for kReplyLifetime at least, and swept by age afterwards, a bounded number at
//    a time. Two sweeps in a row must find it old: a clock that was set forward, by mistake or
//    rightly, takes no reply from whoever repeats a request soon.
//
// A writer that composes its batches itself uses ReplyLog, everybody else Once.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/kv/store.h"

namespace winnow::kv {

// How long the reply to a request is kept, at least.
inline constexpr absl::Duration kReplyLifetime = absl::Hours(7 * 24);

struct RequestKey {
  // Who calls; empty without authentication.
  std::string caller;
  // Full name of the method ("winnow.training.v1.TrainingService.PromoteModel").
  std::string method;
  std::string request_id;
  // SHA-256 of the request's body without its id: 32 bytes.
  std::string body_digest;
};

// The records of replies, for a writer with a batch, and perhaps unwritten changes, of its own. A
// reply is one record storage.v1.IdempotencyRecord under REPLIES REQUEST and one empty record under
// BY_AGE MICROS REQUEST. REQUEST is a SHA-256 of caller, method and id; MICROS, big-endian, is when
// the reply was kept. BY_AGE alone holds the BY_AGE MICROS below which the last sweep found replies
// old. Thread-safe.
class ReplyLog {
 public:
  // Answers as Store::Get, with the changes that are not written yet.
  using GetFn = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view key)>;
  using PutFn = absl::FunctionRef<void(std::string key, std::string value)>;
  using DeleteFn = absl::FunctionRef<void(std::string key)>;

  // The key prefixes: no key of anything else in the database may begin with one, nor may one of
  // them begin with the other.
  ReplyLog(absl::string_view replies, absl::string_view by_age)
      : replies_(replies), by_age_(by_age) {}

  // The reply kept for the request; NotFound when it is new or has no id; AlreadyExists when it
  // came with another body; DataLoss when its record is damaged; otherwise the error of `get`.
  absl::StatusOr<std::string> Find(const RequestKey& key, GetFn get) const;

  // Puts the two records of a new reply. Nothing for a request without id.
  void Keep(const RequestKey& key, absl::string_view reply, absl::Time now, PutFn put) const;

  // Deletes the records of at most `limit` replies that `store` holds for longer than
  // kReplyLifetime, as the sweep before it found, too; oldest first. True when that was all of
  // them: then the next sweep should be some time away.
  absl::StatusOr<bool> Sweep(const Store& store, absl::Time now, size_t limit, PutFn put,
                             DeleteFn remove) const;

 private:
  std::string ReplyKey(absl::string_view request) const;
  std::string AgeKey(absl::Time kept, absl::string_view request) const;

  const std::string replies_;
  const std::string by_age_;
};

// Runs requests against a store. Repetitions that come while the first one runs wait for it, other
// requests do not. Thread-safe.
class Once {
 public:
  // Makes the effect of the request by filling the batch, and returns the reply. Effects elsewhere
  // must bear a repetition after a crash.
  using WorkFn = absl::FunctionRef<absl::StatusOr<std::string>(Batch& batch)>;

  // `store` and `clock` must outlive it. A store has one Once for each log, or repetitions that
  // come at the same time may both run. `plans` is one more prefix of keys, of the plans.
  Once(Store& store, const Clock& clock, ReplyLog log, absl::string_view plans = "plan/");

  // Runs `work` and writes its batch with its reply, or returns the reply kept. The errors are
  // those of ReplyLog::Find, of `work`, and of Store::Write, above all Aborted when a condition of
  // the batch does not hold.
  absl::StatusOr<std::string> Run(const RequestKey& key, WorkFn work);

  // For an effect outside of the store that must not come twice. Keeps what the work of a request
  // is about to do, right before it does it. The plan ends with the request; when the process dies
  // before, it is told by Unfinished, and whoever opened the store makes it good and ends it by
  // Run.
  absl::Status Plan(const RequestKey& key, absl::string_view plan);
  struct PlannedRequest {
    RequestKey key;
    std::string plan;
  };
  absl::StatusOr<std::vector<PlannedRequest>> Unfinished() const;

  // The reply kept, as ReplyLog::Find: for checks that a repetition must not fail.
  absl::StatusOr<std::string> Find(const RequestKey& key) const;

 private:
  // A request that runs, by its scope and id.
  class Turn;

  absl::StatusOr<std::string> RunNew(const RequestKey& key, WorkFn work);
  std::string PlanKey(const RequestKey& key) const;
  // Forgets the plan of a request that failed, and returns why it did.
  absl::Status DropPlan(const RequestKey& key, const absl::Status& why);
  // Sweeps when it is time to; a failure is logged and tried again with the next request.
  void SweepNowAndThen();

  Store& store_;
  const Clock& clock_;
  const ReplyLog log_;
  const std::string plans_;
  Mutex mutex_;
  CondVar ended_;
  std::set<std::string> running_ WINNOW_GUARDED_BY(mutex_);
  absl::Time next_sweep_ WINNOW_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace winnow::kv

// One queue at work: hands tasks out, stores answers, takes answers back. It keeps the contract of
// assignments.h between people, the data set's log and crashes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/corpus.h"
#include "common/corpus/follower.h"
#include "common/tasks/assignments.h"
#include "common/tasks/checks.h"
#include "common/tasks/kinds.h"
#include "common/tasks/stream.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// Answers that tell how fast people are.
inline constexpr size_t kPaceAnswers = 100;
inline constexpr size_t kMinPaceAnswers = 10;

// The longest time for which a person may have a task.
inline constexpr absl::Duration kMaxLease = absl::Hours(24);

// A task in a person's hands, with its text.
struct LeasedTask {
  storage::v1::Lease lease;
  storage::v1::Example example;
  // The other keys of the row that brought the text to the queue's source, a JSON object or empty.
  std::string fields_json;
};

struct LeaseReply {
  std::vector<LeasedTask> tasks;
  // Why there are fewer than asked for.
  Emptiness emptiness;
};

// A judgement as a person gives it.
struct GivenAnswer {
  // Makes a repetition harmless; each answer has its own request id.
  corpus::RequestKey key;
  corpus::Id task;
  uint64_t token = 0;
  Judgement judgement;
};

// A lease by what its holder knows of it.
struct HeldTask {
  corpus::Id task;
  uint64_t token = 0;
};

// What a person has done in a queue.
struct PersonFacts {
  // Answers that stand, surplus ones, too.
  uint64_t num_answers = 0;
  // Of today (UTC).
  uint64_t num_today = 0;
  uint64_t num_leased = 0;
  absl::Time last_answer = absl::InfinitePast();
  CheckFacts checks;
};

struct QueueFacts {
  uint64_t num_accepted = 0;
  uint64_t num_rejected = 0;
  uint64_t num_ignored = 0;
  uint64_t num_audit_answers = 0;
  // Answers that came when as many people as wanted had answered.
  uint64_t num_surplus = 0;
  uint64_t num_leased = 0;
  // Tasks that were handed out and are open for somebody again.
  uint64_t num_begun = 0;
  std::map<std::string, PersonFacts> people;
  // The mean of what the last kPaceAnswers answers took; zero before there are kMinPaceAnswers.
  absl::Duration pace;
  StreamFacts stream;
};

// Tokens of the leases that a client of a person has at hand; nothing for one that does not say.
using HeldTokens = std::optional<std::vector<uint64_t>>;

// Thread-safe. `corpus` and `clock` must outlive it; so must it the calls that it has not answered.
//
// Any call of a person renews the leases that they hold, once half of their time is over; those
// that were handed out to a client which names what it holds are renewed only by name.
// Now and then a person gets a check in the place of a task (checks.h).
//
// A lease is written before its task is handed out, and an answer is on disk before it is
// acknowledged: the end of the process takes neither, a power cut no answer. Nothing is read from
// disk and nothing is scored under the queue's lock.
class Queue {
 public:
  // Reads what the data set answers, which is never asked again, and the leases from before.
  // NotFound when the record of the queue is gone.
  static absl::StatusOr<std::unique_ptr<Queue>> Open(storage::v1::Queue record,
                                                     corpus::Corpus& corpus, const Clock& clock,
                                                     std::unique_ptr<Stream> stream);

  const storage::v1::Queue& record() const { return record_; }
  Stream& stream() { return *stream_; }

  // Up to `max_tasks` tasks for the person, for `ttl`. `held`: the tokens of what their client has
  // at hand, when it names them: the tasks are renewed by name. `done` is called once, perhaps on
  // another thread; none of them is handed out when it gets an error: PermissionDenied
  // (NOT_ON_QUEUE) for somebody whom the queue does not name, FailedPrecondition (QUEUE_ARCHIVED).
  using LeaseDone = std::function<void(absl::StatusOr<LeaseReply>)>;
  void Lease(absl::string_view annotator, uint32_t max_tasks, absl::Duration ttl,
             const HeldTokens& held, LeaseDone done);

  // Stores answers of one person, each with its own result, in order. An answer with OK is on disk.
  // Of an answer: InvalidArgument when it does not fit its task; NotFound (UNKNOWN_TASK) when the
  // person never had the task; FailedPrecondition (LEASE_LOST) for a foreign token;
  // FailedPrecondition (ALREADY_ANSWERED); AlreadyExists (REQUEST_ID_REUSED).
  using SubmitDone = std::function<void(std::vector<absl::StatusOr<storage::v1::StoredAnswer>>)>;
  void Submit(absl::string_view annotator, std::vector<GivenAnswer> answers, SubmitDone done);

  // Gives tasks back that the person holds: they are offered first from now on. Tells how many;
  // leases that there are not (any more), or with another token, are passed over. `kept`: as
  // `held` of Lease.
  using GiveBackDone = std::function<void(absl::StatusOr<uint64_t>)>;
  void GiveBack(absl::string_view annotator, std::vector<HeldTask> held, const HeldTokens& kept,
                GiveBackDone done);

  // Takes back the person's answer of that revision (0: the last one) and leases its task to the
  // person again. A repetition returns the same lease. NotFound when there is none.
  struct Undone {
    uint64_t revision = 0;
    LeasedTask task;
  };
  absl::StatusOr<Undone> Undo(const corpus::RequestKey& key, absl::string_view annotator,
                              uint64_t revision, absl::Duration ttl);

  absl::StatusOr<QueueFacts> Facts();

  // Differs from what it was whenever a task may have become open for somebody meanwhile.
  uint64_t Generation() WINNOW_EXCLUDES(mutex_);

  // Deletes leases that were lost more than a day ago, but none in the first minutes after Open.
  // Call it now and then.
  void Sweep();

 private:
  class Visitor;
  friend class Visitor;
  struct Counts {
    uint64_t accepted = 0;
    uint64_t rejected = 0;
    uint64_t ignored = 0;
    uint64_t audit = 0;
    uint64_t surplus = 0;
  };

  Queue(storage::v1::Queue record, corpus::Corpus& corpus, const Clock& clock,
        std::unique_ptr<Stream> stream);

  // Takes in what was appended to the data set. With `wait` false it leaves that to the thread that
  // is at it already.
  absl::Status Follow(bool wait) WINNOW_EXCLUDES(follow_mutex_, mutex_);
  void Count(const storage::v1::Answer& answer, int by) WINNOW_REQUIRES(mutex_);
  absl::Time Today() const;
  // Answers that the person has given today.
  uint64_t CountToday(absl::string_view annotator) const WINNOW_REQUIRES(mutex_);
  // Why the person gets nothing, whatever there is; OK and no reason otherwise.
  absl::StatusOr<Emptiness> WhyNotFor(absl::string_view annotator) WINNOW_EXCLUDES(mutex_);
  std::vector<storage::v1::Lease> Pick(absl::string_view annotator, uint32_t max_tasks,
                                       absl::Duration ttl, bool renewed_by_name,
                                       Emptiness& emptiness) WINNOW_EXCLUDES(mutex_);
  Emptiness WhyEmpty() WINNOW_REQUIRES(mutex_);
  // Reads the text and what else the task needs. In the result the lease ends by the time of day,
  // as it is stored and told; in `assignments_` by the steady clock.
  absl::StatusOr<LeasedTask> Complete(storage::v1::Lease lease) const;
  absl::StatusOr<LeasedTask> WithText(storage::v1::Lease lease) const;
  absl::Status CompleteCheck(storage::v1::Task& check) const;
  // As LeasedTask::fields_json; empty when the source is gone.
  absl::StatusOr<std::string> FieldsOf(absl::string_view example_id) const;
  void Release(const std::vector<storage::v1::Lease>& leases) WINNOW_EXCLUDES(mutex_);
  // Leaves those that the person holds.
  void KeepHeld(absl::string_view annotator, std::vector<HeldTask>& tasks) const
      WINNOW_REQUIRES(mutex_);
  // The leases of the person that are renewed by their call, as they are stored. On disk a lease is
  // renewed only while it is there: an answer may have ended it.
  std::vector<storage::v1::Lease> Renew(absl::string_view annotator, const HeldTokens& held = {})
      WINNOW_EXCLUDES(mutex_);
  absl::Status StoreRenewed(const std::vector<storage::v1::Lease>& renewed,
                            corpus::Transaction& transaction) const;
  // From the steady clock to the time of day, as it is stored and told.
  void SetWallTime(storage::v1::Lease& lease) const;
  void StoreLeases(std::vector<LeasedTask> tasks, std::vector<storage::v1::Lease> renewed,
                   Emptiness emptiness, LeaseDone done);

  // The lease that the answer names, or why there is none.
  absl::StatusOr<storage::v1::Lease> FindLease(const GivenAnswer& given,
                                               absl::string_view annotator) WINNOW_EXCLUDES(mutex_);
  // The answer that is stored, or why it is refused.
  absl::StatusOr<storage::v1::Answer> MakeAnswer(const GivenAnswer& given,
                                                 absl::string_view annotator)
      WINNOW_EXCLUDES(mutex_);
  corpus::Mutation StoreAnswer(const corpus::RequestKey& key, storage::v1::Answer answer) const;
  // Of the person's standing answer of that revision (0: the last one).
  absl::StatusOr<uint64_t> FindOwnAnswer(absl::string_view annotator, uint64_t revision)
      WINNOW_EXCLUDES(mutex_);

  const storage::v1::Queue record_;
  corpus::Corpus& corpus_;
  const Clock& clock_;
  const std::unique_ptr<Stream> stream_;

  // Held by an undo from beginning to end: one at a time.
  Mutex undo_mutex_;

  // Held while the log is read; before mutex_.
  Mutex follow_mutex_;
  corpus::LogFollower follower_ WINNOW_GUARDED_BY(follow_mutex_);
  // Everything up to it was taken in.
  std::atomic<uint64_t> followed_ = 0;

  Mutex mutex_;
  Assignments assignments_ WINNOW_GUARDED_BY(mutex_);
  // The standing answers of this queue by person: when they were given, by revision.
  std::map<std::string, std::map<uint64_t, absl::Time>, std::less<>> by_annotator_
      WINNOW_GUARDED_BY(mutex_);
  Checks checks_ WINNOW_GUARDED_BY(mutex_);
  // What the last answers took, the newest last.
  std::deque<absl::Duration> pace_ WINNOW_GUARDED_BY(mutex_);
  Counts counts_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::tasks

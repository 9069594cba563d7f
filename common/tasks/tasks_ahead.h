// The tasks of a person who works without a break.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/base/worker.h"
#include "common/corpus/corpus.h"
#include "common/corpus/ids.h"
#include "common/tasks/lease_waiters.h"
#include "common/tasks/queue.h"
#include "common/tasks/queues.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// What all who work share; it must outlive them.
struct Workplace {
  Queues& queues;
  LeaseWaiters& waiters;
  // Leases and takes back, which must not be done where results are told.
  Worker& worker;
};

// Who works on what.
struct AheadRequest {
  std::string queue;
  std::string annotator;
  // Tasks in the person's hands, as long as there are so many.
  uint32_t num_tasks = 1;
  // Of a lease.
  absl::Duration ttl;
};

// Keeps tasks ahead of one person: leases one for each that is done, waits for more where there are
// none, and gives back what is left. A task stays in the person's hands until it is answered or
// given back; when its lease is lost meanwhile it is not replaced, so whoever does nothing gets
// nothing. No thread waits. Thread-safe.
//
// Submit, Undo and Release: one at a time, the next one after `done` of the one before. Everything
// passed as `done` is called once, perhaps on another thread and perhaps at once.
class TasksAhead : public std::enable_shared_from_this<TasksAhead> {
 public:
  // `hand` is called again and again, one call after the other: with tasks, and with why there are
  // no more (Emptiness::reason) when that is so and was not told already. An error, as of
  // Queue::Lease and Queues::Get, is the last call: no tasks follow. Not called after End.
  static std::shared_ptr<TasksAhead> Make(const Workplace& workplace, AheadRequest request,
                                          Queue::LeaseDone hand);
  // Begins to lease. Once.
  void Start() { LeaseMore(); }

  // Stores an answer; results as of Queue::Submit and Queues::Get.
  using SubmitDone = std::function<void(absl::StatusOr<storage::v1::StoredAnswer>)>;
  void Submit(GivenAnswer answer, SubmitDone done);
  // As Queue::Undo: the task of the answer is in the person's hands again.
  using UndoDone = std::function<void(absl::StatusOr<Queue::Undone>)>;
  void Undo(corpus::RequestKey key, uint64_t revision, UndoDone done);
  // Gives a task back. One that the person does not hold is passed over.
  void Release(const HeldTask& task, std::function<void()> done);

  // Gives back all that was not answered, when what is under way has ended: then calls `done`.
  // Once.
  void End(std::function<void()> done);

 private:
  TasksAhead(const Workplace& workplace, AheadRequest request, Queue::LeaseDone hand)
      : workplace_(workplace), request_(std::move(request)), hand_(std::move(hand)) {}

  // Has the worker lease what is missing, if anything is.
  void LeaseMore();
  // What to lease, if anything is missing and nothing is being leased.
  std::optional<LeaseRequest> NextLease();
  void TakeLeases(absl::StatusOr<LeaseReply> reply);
  void TakeResult(const HeldTask& task, absl::StatusOr<storage::v1::StoredAnswer> result,
                  const SubmitDone& done);
  void TakeUndone(absl::StatusOr<Queue::Undone> undone, const UndoDone& done);
  void GiveBack(std::vector<HeldTask> held, std::function<void()> done);
  void BeginAction();
  // The task is in the person's hands no more.
  void Drop(const HeldTask& task) WINNOW_REQUIRES(mutex_);
  bool HasEnded();
  // After something has ended: leases the next, or ends.
  void GoOn();

  const Workplace workplace_;
  const AheadRequest request_;
  const Queue::LeaseDone hand_;

  Mutex mutex_;
  // Tokens by task.
  std::map<corpus::Id, uint64_t> held_ WINNOW_GUARDED_BY(mutex_);
  // Why there was no more, as the person knows.
  NoTask told_ WINNOW_GUARDED_BY(mutex_) = NoTask::kNone;
  bool leasing_ WINNOW_GUARDED_BY(mutex_) = false;
  // Of Submit, Undo and Release.
  bool acting_ WINNOW_GUARDED_BY(mutex_) = false;
  bool failed_ WINNOW_GUARDED_BY(mutex_) = false;
  bool ended_ WINNOW_GUARDED_BY(mutex_) = false;
  std::function<void()> end_done_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::tasks

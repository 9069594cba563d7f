// People who wait for a task.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/tasks/queue.h"
#include "common/tasks/queues.h"
#include "common/tasks/stream.h"

namespace winnow::tasks {

// Who wants tasks of a queue, and until when.
struct LeaseRequest {
  std::string queue;
  std::string annotator;
  uint32_t max_tasks = 1;
  absl::Duration ttl;
  HeldTokens held;
  // For how long to wait for the first task.
  absl::Duration wait;
  // Why there was none, as the person knows: the wait ends also when it is for another reason.
  std::optional<NoTask> told;
  // Nobody waits for the reply any more.
  std::function<bool()> is_gone = [] { return false; };
};

// Asks queues again for whom there was no task, whenever one may have become open, on one thread
// for all who wait. Thread-safe. What is passed in must outlive it.
class LeaseWaiters {
 public:
  // Queues are looked at every `poll`.
  LeaseWaiters(Queues& queues, const Clock& clock,
               std::chrono::milliseconds poll = std::chrono::milliseconds(10));
  // Stops.
  ~LeaseWaiters();

  // Calls `done` once, perhaps on another thread: with tasks as soon as there are any, with none
  // and why when the wait is over, or with an error.
  void Lease(LeaseRequest request, Queue::LeaseDone done);

  // Everybody who waits is told that there is none; nobody waits any more.
  void Stop();

 private:
  struct Waiter {
    LeaseRequest request;
    Queue::LeaseDone done;
    absl::Time deadline;
    // Generation of the queue when it was asked last, and what it said.
    uint64_t generation = 0;
    LeaseReply last;
  };
  using Waiting = std::list<std::shared_ptr<Waiter>>;

  void Ask(const std::shared_ptr<Waiter>& waiter);
  void Ask(const std::shared_ptr<Waiter>& waiter, const std::shared_ptr<Queue>& queue);
  void TakeReply(const std::shared_ptr<Waiter>& waiter, absl::StatusOr<LeaseReply> reply);
  // Nothing for a queue that is not open: who waits for it has it opened.
  std::optional<uint64_t> GenerationOf(const std::string& name) const;
  void Watch();

  Queues& queues_;
  const Clock& clock_;
  const std::chrono::milliseconds poll_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // Asked in vain; in the order in which they came.
  Waiting waiting_ WINNOW_GUARDED_BY(mutex_);
  std::thread watcher_;
};

}  // namespace winnow::tasks

// Destroys queues where nobody waits for it.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "common/tasks/queue.h"

namespace winnow::tasks {

// Ending a queue waits for its learner and for what the corpus is telling, and its last reference
// may be dropped by just these threads. So it ends on a thread of its own. Thread-safe.
class QueueReaper {
 public:
  QueueReaper() : thread_([this] { Work(); }) {}
  // Waits until all queues have ended: what the corpus is telling, or has just told, may hold the
  // last reference to one a little longer than whoever was told.
  ~QueueReaper();

  // The queue, which ends on the reaper's thread after its last reference has gone.
  std::shared_ptr<Queue> Own(std::unique_ptr<Queue> queue);

 private:
  void Take(std::unique_ptr<Queue> queue);
  void Work();

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<Queue>> ended_ WINNOW_GUARDED_BY(mutex_);
  // Queues with references left.
  size_t num_alive_ WINNOW_GUARDED_BY(mutex_) = 0;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace winnow::tasks

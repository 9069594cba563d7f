#include "common/tasks/queue_reaper.h"

#include <utility>

namespace winnow::tasks {

QueueReaper::~QueueReaper() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

std::shared_ptr<Queue> QueueReaper::Own(std::unique_ptr<Queue> queue) {
  {
    MutexLock lock(mutex_);
    ++num_alive_;
  }
  return {queue.release(), [this](Queue* ended) { Take(std::unique_ptr<Queue>(ended)); }};
}

void QueueReaper::Take(std::unique_ptr<Queue> queue) {
  MutexLock lock(mutex_);
  ended_.push_back(std::move(queue));
  --num_alive_;
  // Under the lock: the reaper may be gone as soon as it is free.
  changed_.NotifyOne();
}

void QueueReaper::Work() {
  while (true) {
    // Destroyed at the end of the turn, without the lock.
    std::vector<std::unique_ptr<Queue>> ended;
    MutexLock lock(mutex_);
    while (ended_.empty() && !(stopping_ && num_alive_ == 0)) changed_.Wait(mutex_);
    if (ended_.empty()) return;
    ended.swap(ended_);
  }
}

}  // namespace winnow::tasks

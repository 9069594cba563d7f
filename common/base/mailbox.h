// What one thread hands to another.
#pragma once

#include <utility>
#include <vector>

#include "common/base/mutex.h"

namespace winnow {

// Thread-safe. An unbounded queue whose reader takes everything that waits at once.
template <typename Item>
class Mailbox {
 public:
  // Tells under the lock: who has taken the item may destroy the mailbox at once.
  void Put(Item item) {
    MutexLock lock(mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyOne();
  }

  // Waits until there is something. Empty only after Close, when everything was taken.
  std::vector<Item> TakeAll() {
    MutexLock lock(mutex_);
    while (items_.empty() && !closed_) changed_.Wait(mutex_);
    return std::exchange(items_, {});
  }

  // Nothing is put any more.
  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyOne();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Item> items_ WINNOW_GUARDED_BY(mutex_);
  bool closed_ WINNOW_GUARDED_BY(mutex_) = false;
};

}  // namespace winnow

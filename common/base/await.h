// Waiting for what a callback is told.
#pragma once

#include <optional>
#include <utility>

#include "common/base/mutex.h"

namespace winnow {

// Calls `start` with a callback, which is to be called once, on whatever thread, and returns what
// that is told.
template <typename Result, typename Start>
Result Await(const Start& start) {
  Mutex mutex;
  CondVar changed;
  std::optional<Result> result;
  start([&](Result told) {
    MutexLock lock(mutex);
    result.emplace(std::move(told));
    // Under the lock: as soon as it is free, all of this may be gone.
    changed.NotifyOne();
  });
  MutexLock lock(mutex);
  while (!result.has_value()) changed.Wait(mutex);
  return *std::move(result);
}

}  // namespace winnow

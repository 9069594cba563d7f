// A thread that does one thing again and again.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>

#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace winnow {

// Thread-safe.
class RepeatingThread {
 public:
  // Calls `work` on a thread of its own until it is destroyed, each time `interval` after the call
  // before has returned, or earlier when it is woken; the first time after one interval. Whoever
  // may be long about it looks at the token, which tells that the end is awaited.
  RepeatingThread(absl::Duration interval, std::function<void(std::stop_token)> work);
  // Waits for the call that is under way.
  ~RepeatingThread();
  RepeatingThread(const RepeatingThread&) = delete;
  RepeatingThread& operator=(const RepeatingThread&) = delete;

  // The next call is made at once, after the one under way.
  void Wake();

 private:
  // False at the end.
  bool AwaitTurn();

  const absl::Duration interval_;
  const std::function<void(std::stop_token)> work_;
  std::stop_source stop_;
  Mutex mutex_;
  CondVar changed_;
  bool woken_ WINNOW_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace winnow

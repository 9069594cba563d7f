// std::mutex with Clang's thread-safety annotations. absl::Mutex is not used: the distribution's
// build of it is not instrumented and gives false ThreadSanitizer reports.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/time/clock.h"
#include "absl/time/time.h"

#if defined(__clang__)
#define WINNOW_ATTRIBUTE(x) __attribute__((x))
#else
#define WINNOW_ATTRIBUTE(x)
#endif
#define WINNOW_CAPABILITY(x) WINNOW_ATTRIBUTE(capability(x))
#define WINNOW_SCOPED_CAPABILITY WINNOW_ATTRIBUTE(scoped_lockable)
#define WINNOW_GUARDED_BY(x) WINNOW_ATTRIBUTE(guarded_by(x))
#define WINNOW_REQUIRES(...) WINNOW_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define WINNOW_EXCLUDES(...) WINNOW_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define WINNOW_ACQUIRE(...) WINNOW_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define WINNOW_RELEASE(...) WINNOW_ATTRIBUTE(release_capability(__VA_ARGS__))
#define WINNOW_TRY_ACQUIRE(...) WINNOW_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define WINNOW_NO_THREAD_SAFETY_ANALYSIS WINNOW_ATTRIBUTE(no_thread_safety_analysis)

namespace winnow {

// When `timeout` from now is over, by the machine's steady clock; an endless one in a year.
inline std::chrono::steady_clock::time_point SteadyDeadline(absl::Duration timeout) {
  return std::chrono::steady_clock::now() +
         absl::ToChronoNanoseconds(std::min(timeout, absl::Hours(24 * 365)));
}

class WINNOW_CAPABILITY("mutex") Mutex {
 public:
  void lock() WINNOW_ACQUIRE() { mutex_.lock(); }
  void unlock() WINNOW_RELEASE() { mutex_.unlock(); }
  // False, and nothing locked, when another thread has it.
  bool try_lock() WINNOW_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class WINNOW_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) WINNOW_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() WINNOW_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition variable for Mutex. As with every condition variable, wait in a loop over the
// condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) WINNOW_REQUIRES(mutex) WINNOW_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  // Returns after a notification or `timeout`, whichever is first.
  void WaitFor(Mutex& mutex, std::chrono::milliseconds timeout)
      WINNOW_REQUIRES(mutex) WINNOW_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait_for(lock, timeout);
    lock.release();
  }
  // The same until a time of the machine's steady clock, or earlier: the loop looks at it, too.
  void WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
      WINNOW_REQUIRES(mutex) {
    // In slices, because an endless timeout overflows the condition variable's clock; rounded up.
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    WaitFor(mutex, std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0),
                                                         std::chrono::seconds(1)));
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace winnow

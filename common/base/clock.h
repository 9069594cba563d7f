// Time is injected: nothing but SystemClock asks the machine what time it is.
#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace winnow {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day, for what is stored or shown. It jumps when somebody sets it.
  virtual absl::Time Now() const = 0;
  // A time that never jumps, for durations and deadlines. It means nothing outside of the process.
  virtual absl::Time SteadyNow() const = 0;

  // The time of day that a steady time stands for, and the reverse, by the clock as it is set now.
  absl::Time ToWall(absl::Time steady) const { return Now() + (steady - SteadyNow()); }
  absl::Time ToSteady(absl::Time wall) const { return SteadyNow() + (wall - Now()); }
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
  absl::Time SteadyNow() const override {
    return begin_ + absl::FromChrono(std::chrono::steady_clock::now() - steady_begin_);
  }
  // The one process-wide instance.
  static const SystemClock& Get() {
    static const SystemClock clock;
    return clock;
  }

 private:
  const absl::Time begin_ = absl::Now();
  const std::chrono::steady_clock::time_point steady_begin_ = std::chrono::steady_clock::now();
};

// For tests: stands still until advanced.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000))
      : now_(now), steady_(now) {}
  absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  absl::Time SteadyNow() const override {
    MutexLock lock(mutex_);
    return steady_;
  }
  // Time goes by.
  void Advance(absl::Duration d) {
    MutexLock lock(mutex_);
    now_ += d;
    steady_ += d;
  }
  // Somebody sets the clock.
  void Jump(absl::Duration d) {
    MutexLock lock(mutex_);
    now_ += d;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ WINNOW_GUARDED_BY(mutex_);
  absl::Time steady_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow

// Calls that wait until a stream depends on everything on disk up to a revision.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "common/base/mutex.h"

namespace winnow::teach {

// Thread-safe. Calls that are left are told nothing: close it first.
class RevisionWaiters {
 public:
  using Done = std::function<void(absl::Status)>;

  // Calls `done` once: at once when the revision was reached, or with what stands in the way; else
  // when that has come to be so, and returns true.
  bool Add(uint64_t revision, Done done);
  // Everything up to the revision is read.
  void Reach(uint64_t revision);
  // What stands in the way of reading on, or OK; nothing any more after Close.
  void SetStatus(const absl::Status& status);
  // Whoever waits, or asks from now on, is told that the queue closes (Unavailable).
  void Close();

 private:
  struct Waiter {
    uint64_t revision;
    Done done;
  };
  void Tell();

  Mutex mutex_;
  uint64_t reached_ WINNOW_GUARDED_BY(mutex_) = 0;
  absl::Status status_ WINNOW_GUARDED_BY(mutex_);
  bool closed_ WINNOW_GUARDED_BY(mutex_) = false;
  std::vector<Waiter> waiters_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::teach

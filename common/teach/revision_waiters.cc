#include "common/teach/revision_waiters.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace winnow::teach {

bool RevisionWaiters::Add(uint64_t revision, Done done) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    if (status_.ok() && reached_ < revision) {
      waiters_.push_back({revision, std::move(done)});
      return true;
    }
    status = status_;
  }
  done(status);
  return false;
}

void RevisionWaiters::Reach(uint64_t revision) {
  {
    MutexLock lock(mutex_);
    reached_ = std::max(reached_, revision);
  }
  Tell();
}

void RevisionWaiters::SetStatus(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    status_ = status;
  }
  Tell();
}

void RevisionWaiters::Close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
    status_ = absl::UnavailableError("the queue is being closed; ask again");
  }
  Tell();
}

void RevisionWaiters::Tell() {
  std::vector<Waiter> told;
  absl::Status status;
  {
    MutexLock lock(mutex_);
    status = status_;
    const auto waits = [&](const Waiter& waiter) WINNOW_REQUIRES(mutex_) {
      return status_.ok() && waiter.revision > reached_;
    };
    const auto first = std::partition(waiters_.begin(), waiters_.end(), waits);
    std::move(first, waiters_.end(), std::back_inserter(told));
    waiters_.erase(first, waiters_.end());
  }
  for (const Waiter& waiter : told) waiter.done(status);
}

}  // namespace winnow::teach

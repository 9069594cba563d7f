// Who has which task until when. Pure bookkeeping: time is passed in, nothing is stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::annotation {

// States of a task here: none -> held (Take) -> expired (time) -> held by somebody (Take) ; any ->
// none (Remove). An expired lease is kept until the task is leased again or removed, so that a late
// answer is still understood. Not thread-safe.
class LeaseTable {
 public:
  // `first_token` must be above every token given out before a restart: microseconds since 1970
  // will do.
  explicit LeaseTable(uint64_t first_token) : next_token_(first_token) {}

  // Leases a task and returns it with its fencing token and deadline set. REQUIRES: !IsHeld.
  v1::Task Take(v1::Task task, absl::string_view annotator, absl::Time expires);

  bool IsHeld(absl::string_view task_id, absl::Time now) const;

  // The task of a lease, held or expired, or null when the token is not the task's latest or the
  // task is not here.
  const v1::Task* Find(absl::string_view task_id, uint64_t token) const;

  void Remove(absl::string_view task_id);
  // Held ones; only those of a strategy unless it is empty.
  uint64_t CountHeld(absl::Time now, absl::string_view strategy = "") const;

 private:
  struct Lease {
    v1::Task task;
    std::string annotator;
    absl::Time expires;
  };

  uint64_t next_token_;
  std::map<std::string, Lease, std::less<>> leases_;
};

}  // namespace winnow::annotation

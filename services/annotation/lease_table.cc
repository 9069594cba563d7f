#include "services/annotation/lease_table.h"

#include <algorithm>
#include <utility>

#include "common/rpc/convert.h"

namespace winnow::annotation {

v1::Task LeaseTable::Take(v1::Task task, absl::string_view annotator, absl::Time expires) {
  task.set_fencing_token(next_token_++);
  *task.mutable_lease_expires() = rpc::ToTimestamp(expires);
  leases_[task.task_id()] = {task, std::string(annotator), expires};
  return task;
}

bool LeaseTable::IsHeld(absl::string_view task_id, absl::Time now) const {
  const auto it = leases_.find(task_id);
  return it != leases_.end() && it->second.expires > now;
}

const v1::Task* LeaseTable::Find(absl::string_view task_id, uint64_t token) const {
  const auto it = leases_.find(task_id);
  if (it == leases_.end() || it->second.task.fencing_token() != token) return nullptr;
  return &it->second.task;
}

void LeaseTable::Remove(absl::string_view task_id) {
  const auto it = leases_.find(task_id);
  if (it != leases_.end()) leases_.erase(it);
}

uint64_t LeaseTable::CountHeld(absl::Time now, absl::string_view strategy) const {
  return static_cast<uint64_t>(
      std::count_if(leases_.begin(), leases_.end(), [&](const auto& entry) {
        const Lease& lease = entry.second;
        return lease.expires > now && (strategy.empty() || lease.task.strategy() == strategy);
      }));
}

}  // namespace winnow::annotation

#include "common/rpc/access_control.h"

#include <utility>

#include "common/base/status.h"

namespace winnow::rpc {

absl::StatusOr<std::unique_ptr<AccessControl>> AccessControl::Open(
    const std::filesystem::path& directory, metrics::Registry& registry, const Clock& clock) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<access::AuditLog> audit_log,
                          access::AuditLog::Open(directory));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<access::People> people,
                          access::People::Follow(directory, registry, clock));
  return std::unique_ptr<AccessControl>(
      new AccessControl(clock, std::move(people), std::move(audit_log)));
}

}  // namespace winnow::rpc

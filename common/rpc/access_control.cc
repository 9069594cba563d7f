#include "common/rpc/access_control.h"

#include <utility>

#include "common/base/status.h"
#include "common/oidc/verifier.h"

namespace winnow::rpc {

absl::StatusOr<std::unique_ptr<AccessControl>> AccessControl::Open(
    const std::filesystem::path& directory, metrics::Registry& registry,
    const oidc::IssuerOptions& issuer, const Clock& clock) {
  std::unique_ptr<oidc::Verifier> verifier;
  if (!issuer.empty()) {
    WINNOW_ASSIGN_OR_RETURN(verifier, oidc::Verifier::Open(issuer, clock));
  }
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<access::AuditLog> audit_log,
                          access::AuditLog::Open(directory));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<access::People> people,
                          access::People::Follow(directory, registry, clock, access::People::kPoll,
                                                 std::move(verifier)));
  return std::unique_ptr<AccessControl>(
      new AccessControl(clock, std::move(people), std::move(audit_log)));
}

}  // namespace winnow::rpc

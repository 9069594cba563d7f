// Who may call this process, and what is written down of it.
#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "common/access/audit_log.h"
#include "common/access/people.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/oidc/issuer_options.h"
#include "common/rpc/handlers.h"

namespace winnow::rpc {

// The people file and the audit log of DATA/access, as every service follows them, and an issuer
// whose tokens are accepted, too. Thread-safe.
class AccessControl {
 public:
  // `issuer` is empty when there is none. Errors of access::People::Follow, access::AuditLog::Open
  // and oidc::Verifier::Open, which may wait for the issuer. `registry` and `clock` must outlive
  // it.
  static absl::StatusOr<std::unique_ptr<AccessControl>> Open(
      const std::filesystem::path& directory, metrics::Registry& registry,
      const oidc::IssuerOptions& issuer = {}, const Clock& clock = SystemClock::Get());

  access::People& people() { return *people_; }
  access::AuditLog& audit_log() { return *audit_log_; }
  // For calls from outside of the process; it must outlive them.
  CallEnvironment environment() { return {&clock_, people_.get(), audit_log_.get()}; }

 private:
  AccessControl(const Clock& clock, std::unique_ptr<access::People> people,
                std::unique_ptr<access::AuditLog> audit_log)
      : clock_(clock), people_(std::move(people)), audit_log_(std::move(audit_log)) {}

  const Clock& clock_;
  const std::unique_ptr<access::People> people_;
  const std::unique_ptr<access::AuditLog> audit_log_;
};

}  // namespace winnow::rpc

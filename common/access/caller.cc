#include "common/access/caller.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/base/status.h"

namespace winnow::access {
namespace {

absl::optional<Role> HighestOf(const std::vector<std::string>& names) {
  absl::optional<Role> highest;
  for (const std::string& name : names) {
    const absl::StatusOr<Role> role = ParseRole(name);
    // absl::optional: nothing is less than every role.
    if (role.ok() && *role != Role::kService)
      highest = std::max(highest, absl::make_optional(*role));
  }
  return highest;
}

absl::Status Deny(absl::string_view reason, absl::string_view message) {
  return WithReason(absl::PermissionDeniedError(message), reason);
}

}  // namespace

absl::StatusOr<Caller> CallerOf(const oidc::Identity& identity, const Roster& roster) {
  const std::string& name = identity.name;
  if (roster.people.contains(name)) {
    return Deny(
        "PERSON_EXISTS",
        absl::StrCat("\"", name, "\" is registered here and signs in with a token of ours, ",
                     "not of the issuer: ask an admin"));
  }
  if (roster.removed.contains(name)) {
    return Deny("PERSON_REMOVED",
                absl::StrCat("\"", name, "\" was removed, and nobody else gets the name"));
  }
  const absl::optional<Role> role = HighestOf(identity.roles);
  if (!role.has_value()) {
    return Deny("NO_ROLE", absl::StrCat("the issuer gives \"", name,
                                        "\" no role here: ask whoever looks after ",
                                        "it for annotator, reviewer, manager or admin"));
  }
  return Caller{name, *role};
}

}  // namespace winnow::access

// Who is calling.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/access/people_file.h"
#include "common/access/role.h"
#include "common/oidc/claims.h"

namespace winnow::access {

// Somebody who has signed in.
struct Caller {
  std::string name;
  Role role = Role::kAnnotator;
};

// Whether they may see what others have answered. Where nobody is known (the name is empty),
// everybody may.
inline bool SeesOthers(const Caller& caller) {
  return caller.name.empty() || Allows(caller.role, Role::kReviewer);
}

// Whom a token of an issuer stands for: the name that it tells, with the highest role of people
// among those that it names. PermissionDenied, with the reason
//   PERSON_EXISTS   somebody with this name is registered: people and the issuer's would answer for
//                   each other,
//   PERSON_REMOVED  somebody was,
//   NO_ROLE         it names no role of people ("service" is none).
absl::StatusOr<Caller> CallerOf(const oidc::Identity& identity, const Roster& roster);

}  // namespace winnow::access

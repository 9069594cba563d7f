// What people and services may do.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::access {

// Of people, each may do what those before it may: annotators answer, reviewers see the answers of
// others, managers run queues, data sets and trainings, admins look after people and erase.
// kService is no rank of people but for services of ours that call each other.
enum class Role { kAnnotator, kReviewer, kManager, kAdmin, kService };

// "annotator", "reviewer", "manager", "admin", "service".
absl::string_view RoleName(Role role);
// The reverse; InvalidArgument that names all of them.
absl::StatusOr<Role> ParseRole(absl::string_view name);

// Whether somebody with this role may call what wants at least `least`. A person may up to their
// own rank, and never what is for services (kService), not even an admin: a snapshot that a person
// holds is a leak of disk. A service may call what is for services, and whatever a manager may,
// since services put tasks into queues and read models; it may not do what is an admin's.
bool Allows(Role role, Role least);

}  // namespace winnow::access

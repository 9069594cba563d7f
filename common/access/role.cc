#include "common/access/role.h"

#include <cstddef>
#include <iterator>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace winnow::access {
namespace {

// In the order of Role.
constexpr absl::string_view kNames[] = {"annotator", "reviewer", "manager", "admin", "service"};

}  // namespace

absl::string_view RoleName(Role role) { return kNames[static_cast<size_t>(role)]; }

absl::StatusOr<Role> ParseRole(absl::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i)
    if (kNames[i] == name) return static_cast<Role>(i);
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::Utf8SafeCHexEscape(name.substr(0, 64)),
                                                 "\" is no role; there are ",
                                                 absl::StrJoin(kNames, ", ")));
}

bool Allows(Role role, Role least) {
  if (least == Role::kService) return role == Role::kService;
  if (role == Role::kService) return least <= Role::kManager;
  return role >= least;
}

}  // namespace winnow::access

#include "services/cli/recipes/people.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace winnow::cli {

OptionSpec RoleOption() {
  OptionSpec option = ValueOption({"--role"}, ValueKind::kText, "ROLE",
                                  "annotator, reviewer, manager, admin or service");
  option.choices = {"annotator", "reviewer", "manager", "admin", "service"};
  return option;
}

access::v1::Role RoleOf(const Invocation& invocation) {
  access::v1::Role role = access::v1::ROLE_UNSPECIFIED;
  access::v1::Role_Parse(absl::StrCat("ROLE_", absl::AsciiStrToUpper(invocation.Text("role"))),
                         &role);
  return role;
}

std::string RoleWord(access::v1::Role role) {
  if (role == access::v1::ROLE_UNSPECIFIED) return "";
  return absl::AsciiStrToLower(absl::StripPrefix(access::v1::Role_Name(role), "ROLE_"));
}

}  // namespace winnow::cli

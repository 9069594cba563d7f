// What the recipes about people share.
#pragma once

#include <string>

#include "services/cli/shell/options.h"
#include "winnow/access/v1/access.pb.h"

namespace winnow::cli {

// --role.
OptionSpec RoleOption();
// Of --role.
access::v1::Role RoleOf(const Invocation& invocation);
// "manager"; empty where there is none.
std::string RoleWord(access::v1::Role role);

}  // namespace winnow::cli

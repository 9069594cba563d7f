// people list: who may use the server.
#include <string>

#include "common/base/status.h"
#include "services/cli/recipes/all_pages.h"
#include "services/cli/recipes/people.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"
#include "services/cli/terminal/table.h"
#include "services/cli/terminal/time_text.h"

namespace winnow::cli {
namespace {

using access::v1::AccessService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const access::v1::ListPeopleResponse all,
                          ListAll(session->access(), &AccessService::Stub::ListPeople,
                                  [](auto& response) { return response.mutable_people(); }));
  Table table({"name", "role", "since", "disabled"});
  for (const access::v1::Person& person : all.people()) {
    table.Add({Printable(person.name()), RoleWord(person.role()), TimeText(person.create_time()),
               person.disabled() ? "yes" : ""});
  }
  PrintReply(invocation, all,
             all.people().empty() ? "nobody is registered: everybody may do everything\n"
                                  : table.ToString(),
             environment);
  return absl::OkStatus();
}

}  // namespace

Command PeopleList() {
  return {ClientSpec({.name = "people list",
                      .summary = "List who may use the server, and as what",
                      .example = "people list"}),
          Run};
}

}  // namespace winnow::cli

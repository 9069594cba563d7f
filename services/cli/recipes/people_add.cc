// people add: somebody may use the server.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/people.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

using access::v1::AccessService;

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  access::v1::CreatePersonRequest request;
  request.set_name(invocation.Argument("NAME"));
  request.set_role(RoleOf(invocation));
  WINNOW_ASSIGN_OR_RETURN(const access::v1::CreatePersonResponse response,
                          Call(session->access(), &AccessService::Stub::CreatePerson, request));
  PrintReply(invocation, response, absl::StrCat(response.token(), "\n"), environment);
  if (!invocation.Flag("json")) {
    environment.Note(absl::StrCat(Printable(response.person().name()), " is ",
                                  RoleWord(response.person().role()),
                                  " now; the token is told only this once. Put it into "
                                  "~/.config/winnow/token (chmod 600) or $WINNOW_TOKEN"));
  }
  return absl::OkStatus();
}

}  // namespace

Command PeopleAdd() {
  return {ClientSpec({.name = "people add",
                      .summary = "Give somebody a role and a token, which is printed once",
                      .arguments = {{"NAME", "a name or a mail address; answers will bear it"}},
                      .options = {Required(RoleOption())},
                      .example = "people add anna --role admin",
                      .notes = "While nobody is registered everybody may do everything. The first "
                               "person must be an admin, and from then on every call needs a "
                               "token. What roles may: annotators answer and take back their own "
                               "answers; reviewers see those of others, figures and models; "
                               "managers run queues, datasets, trainings and versions; admins look "
                               "after people and erase. A service acts for people, in anybody's "
                               "name."}),
          Run};
}

}  // namespace winnow::cli

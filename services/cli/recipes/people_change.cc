// people disable, enable, role, rotate and remove: changes of one person.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/confirmation.h"
#include "services/cli/recipes/people.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/cli/terminal/printable.h"

namespace winnow::cli {
namespace {

using access::v1::AccessService;
using access::v1::UpdatePersonRequest;

absl::Status Update(UpdatePersonRequest request, const Invocation& invocation,
                    Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  request.set_name(invocation.Argument("NAME"));
  WINNOW_ASSIGN_OR_RETURN(const access::v1::Person person,
                          Call(session->access(), &AccessService::Stub::UpdatePerson, request));
  PrintReply(invocation, person,
             absl::StrCat(Printable(person.name()), " is ", RoleWord(person.role()),
                          person.disabled() ? ", and disabled" : "", "\n"),
             environment);
  return absl::OkStatus();
}

absl::Status Rotate(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  access::v1::RotateTokenRequest request;
  request.set_name(invocation.Argument("NAME"));
  WINNOW_ASSIGN_OR_RETURN(const access::v1::RotateTokenResponse response,
                          Call(session->access(), &AccessService::Stub::RotateToken, request));
  PrintReply(invocation, response, absl::StrCat(response.token(), "\n"), environment);
  return absl::OkStatus();
}

absl::Status Remove(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  const std::string name = invocation.Argument("NAME");
  WINNOW_RETURN_IF_ERROR(ConfirmRemoval(
      absl::StrCat(Printable(name), " (whose answers stay, and whose name nobody else gets)"),
      invocation, environment));
  access::v1::RemovePersonRequest request;
  request.set_name(name);
  WINNOW_ASSIGN_OR_RETURN(const access::v1::RemovePersonResponse response,
                          Call(session->access(), &AccessService::Stub::RemovePerson, request));
  PrintReply(invocation, response, absl::StrCat(Printable(name), " removed\n"), environment);
  return absl::OkStatus();
}

using Work = absl::Status (*)(const Invocation&, Environment&);

Command Make(const std::string& verb, const std::string& summary, std::vector<OptionSpec> options,
             const std::string& example, Work work) {
  return {ClientSpec({.name = absl::StrCat("people ", verb),
                      .summary = summary,
                      .arguments = {{"NAME", "of somebody whom `winnow people list` lists"}},
                      .options = std::move(options),
                      .example = absl::StrCat("people ", verb, " ", example)}),
          work};
}

}  // namespace

Command PeopleDisable() {
  return Make("disable", "Take somebody's access away for now", {}, "anna",
              [](const Invocation& invocation, Environment& environment) {
                UpdatePersonRequest request;
                request.set_disabled(true);
                return Update(request, invocation, environment);
              });
}

Command PeopleEnable() {
  return Make("enable", "Give it back", {}, "anna",
              [](const Invocation& invocation, Environment& environment) {
                UpdatePersonRequest request;
                request.set_disabled(false);
                return Update(request, invocation, environment);
              });
}

Command PeopleRole() {
  return Make("role", "Give somebody another role", {Required(RoleOption())},
              "anna --role reviewer", [](const Invocation& invocation, Environment& environment) {
                UpdatePersonRequest request;
                request.set_role(RoleOf(invocation));
                return Update(request, invocation, environment);
              });
}

Command PeopleRotate() {
  return Make("rotate", "Give somebody another token in place of the old one", {}, "anna", Rotate);
}

Command PeopleRemove() {
  return Make("remove", "Remove somebody for ever; their answers stay", {YesOption()}, "anna --yes",
              Remove);
}

}  // namespace winnow::cli

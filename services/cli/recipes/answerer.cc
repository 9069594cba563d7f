#include "services/cli/recipes/answerer.h"

#include "common/base/status.h"

namespace winnow::cli {

absl::StatusOr<Answerer> ChooseAnswerer(const Invocation& invocation, Session& session,
                                        Environment& environment) {
  Answerer answerer;
  WINNOW_ASSIGN_OR_RETURN(const access::v1::WhoAmIResponse me,
                          Call(session.access(), &access::v1::AccessService::Stub::WhoAmI, {}));
  answerer.name = me.name();
  if (invocation.Has("oracle")) {
    WINNOW_ASSIGN_OR_RETURN(answerer.oracle, Gold::Load(session, invocation.Text("oracle")));
    if (answerer.name.empty()) answerer.name = "oracle";
    return answerer;
  }
  WINNOW_ASSIGN_OR_RETURN(
      answerer.terminal,
      Terminal::Open(environment.terminal, environment.WantsColour(), environment.interrupts));
  if (answerer.name.empty()) answerer.name = environment.variable("USER");
  if (answerer.name.empty()) answerer.name = "person";
  return answerer;
}

}  // namespace winnow::cli

#include "services/cli/recipes/answerer.h"

#include "common/base/status.h"

namespace winnow::cli {

absl::StatusOr<Answerer> ChooseAnswerer(const Invocation& invocation, Session& session,
                                        Environment& environment) {
  Answerer answerer;
  if (invocation.Has("oracle")) {
    WINNOW_ASSIGN_OR_RETURN(answerer.oracle, Gold::Load(session, invocation.Text("oracle")));
    answerer.name = "oracle";
    return answerer;
  }
  const bool colour =
      environment.variable("NO_COLOR").empty() && environment.variable("TERM") != "dumb";
  WINNOW_ASSIGN_OR_RETURN(answerer.terminal,
                          Terminal::Open(environment.terminal, colour, environment.interrupts));
  const std::string user = environment.variable("USER");
  answerer.name = user.empty() ? "person" : user;
  return answerer;
}

}  // namespace winnow::cli

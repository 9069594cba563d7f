// The `winnow` command line: see services/cli/recipes/recipes.h.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/rpc/server.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/shell/command_line.h"
#include "services/cli/shell/connect.h"
#include "services/cli/version.h"

int main(int argc, char** argv) {
  // Every failure is told in a sentence; gRPC's own log would print its stack beside it. Who wants
  // it sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  winnow::rpc::BlockTerminationSignals();
  const std::vector<std::string> words(argv + 1, argv + argc);
  winnow::cli::Interrupts interrupts;
  const bool serves = !words.empty() && words[0] == "serve";
  if (!serves) {
    interrupts.Watch();
    // Who stops reading, as a pager does, ends the command quietly, whatever the parent has set.
    std::signal(SIGPIPE, SIG_DFL);
    // A call or a job that fails is told by its command; the services' line would say it again.
    winnow::SetLogLevel(winnow::LogLevel::kError);
  }
  winnow::cli::Environment environment = {.in = std::cin,
                                          .out = std::cout,
                                          .err = std::cerr,
                                          .interrupts = interrupts,
                                          .variable =
                                              [](const std::string& name) {
                                                const char* value = std::getenv(name.c_str());
                                                return std::string(value == nullptr ? "" : value);
                                              },
                                          .version = winnow::cli::Version(),
                                          .in_is_terminal = isatty(STDIN_FILENO) == 1,
                                          .out_is_terminal = isatty(STDOUT_FILENO) == 1,
                                          .connect = winnow::cli::Connect};
  return winnow::cli::RunCommandLine(winnow::cli::Recipes(), words, environment);
}

// The `winnow` command line: see services/cli/commands.h.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/rpc/server.h"
#include "services/cli/commands.h"

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  const std::vector<std::string> words(argv + 1, argv + argc);
  winnow::cli::Interrupts interrupts;
  const bool serves = !words.empty() && words[0] == "serve";
  if (!serves) {
    interrupts.Watch();
    winnow::SetLogLevel(winnow::LogLevel::kWarning);
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
                                          .in_is_terminal = isatty(STDIN_FILENO) == 1,
                                          .connect = winnow::cli::Connect};
  return winnow::cli::RunCommandLine(words, environment);
}

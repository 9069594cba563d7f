#include "services/cli/shell/connect.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/shell/sign_in.h"

namespace winnow::cli {

CommandSpec ClientSpec(CommandSpec spec) {
  spec.options.push_back(
      ValueOption({"--server"}, ValueKind::kText, "HOST:PORT",
                  "server to talk to, or unix:PATH (default: $WINNOW_SERVER, else none); three of "
                  "them, separated by commas, where annotation, training and "
                  "evaluation run apart"));
  spec.options.push_back(ValueOption({"--data"}, ValueKind::kText, "DIR",
                                     "without a server: directory that everything is kept in "
                                     "(default: $WINNOW_DATA_DIR, else ~/.local/share/winnow)"));
  for (OptionSpec& option : SignInOptions()) spec.options.push_back(std::move(option));
  spec.options.push_back(FlagOption({"--json"}, "print one JSON object instead of tables"));
  return spec;
}

absl::StatusOr<std::unique_ptr<Session>> Connect(const Invocation& invocation,
                                                 Environment& environment) {
  if (invocation.Has("server") && invocation.Has("data")) {
    return absl::InvalidArgumentError(
        "--server and --data exclude each other: a server has its own data directory");
  }
  const std::string server = invocation.Text("server", environment.variable("WINNOW_SERVER"));
  if (!server.empty() && !invocation.Has("data")) {
    WINNOW_ASSIGN_OR_RETURN(const rpc::ConnectOptions options, ReadSignIn(invocation, environment));
    return ConnectTo(server, options);
  }
  const std::string data_dir = invocation.Text("data", DefaultDataDir(environment));
  environment.Note(
      absl::StrCat("no server given: the services run in this process, on ", data_dir));
  absl::StatusOr<std::unique_ptr<Session>> session = HostOn(data_dir);
  if (session.status().code() == absl::StatusCode::kFailedPrecondition) {
    return absl::FailedPreconditionError(
        absl::StrCat(session.status().message(),
                     "; if a `winnow serve` runs on it, name it with --server HOST:PORT"));
  }
  return session;
}

std::string DefaultDataDir(const Environment& environment) {
  const std::string data_dir = environment.variable("WINNOW_DATA_DIR");
  return data_dir.empty() ? absl::StrCat(environment.variable("HOME"), "/.local/share/winnow")
                          : data_dir;
}

}  // namespace winnow::cli

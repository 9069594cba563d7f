#include "services/cli/command.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/highlight.h"

namespace winnow::cli {

void Environment::Note(absl::string_view message) {
  std::string lines = "winnow: ";
  for (absl::string_view line : absl::StrSplit(message, '\n'))
    absl::StrAppend(&lines, Printable(line), "\n");
  err << lines << std::flush;
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kDataLoss:
      return 2;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 3;
    default:
      return 1;
  }
}

CommandSpec ClientSpec(CommandSpec spec) {
  spec.options.push_back({{"--server"},
                          ValueKind::kText,
                          "HOST:PORT",
                          "server to talk to (default: $WINNOW_SERVER, else none)"});
  spec.options.push_back(
      {{"--data"},
       ValueKind::kText,
       "DIR",
       "without a server: data directory (default: $WINNOW_DATA_DIR, else ~/.local/share/winnow)"});
  spec.options.push_back(
      {{"--json"}, ValueKind::kFlag, "", "print one JSON object instead of tables"});
  return spec;
}

absl::StatusOr<std::unique_ptr<Session>> Connect(const Invocation& invocation,
                                                 Environment& environment) {
  if (invocation.Has("server") && invocation.Has("data")) {
    return absl::InvalidArgumentError(
        "--server and --data exclude each other: a server has its own data directory");
  }
  if (invocation.Has("server")) return ConnectTo(invocation.Text("server"));
  const std::string server = environment.variable("WINNOW_SERVER");
  if (!server.empty() && !invocation.Has("data")) return ConnectTo(server);
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

nlohmann::ordered_json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return nullptr;
  return nlohmann::ordered_json::parse(json, nullptr, /*allow_exceptions=*/false);
}

void PrintJson(const nlohmann::ordered_json& json, Environment& environment) {
  environment.out << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                  << std::endl;
}

}  // namespace winnow::cli

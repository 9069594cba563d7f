#include "services/cli/shell/sign_in.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace winnow::cli {
namespace {

std::filesystem::path TokenFile(const Environment& environment) {
  const std::string config = environment.variable("XDG_CONFIG_HOME");
  const std::filesystem::path directory =
      config.empty() ? std::filesystem::path(environment.variable("HOME")) / ".config"
                     : std::filesystem::path(config);
  return directory / "winnow" / "token";
}

// Empty when there is no such file.
absl::StatusOr<std::string> ReadTokenFile(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return "";
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.string(), " can be read by others; `chmod 600 ", file.string(),
                     "` makes it yours, and whoever may have read it wants another token for you "
                     "(`winnow people rotate NAME`)"));
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string content, ReadFile(file));
  return std::string(absl::StripAsciiWhitespace(content));
}

absl::StatusOr<std::string> ReadToken(const Invocation& invocation,
                                      const Environment& environment) {
  if (invocation.Has("token")) return invocation.Text("token");
  const std::string variable = environment.variable("WINNOW_TOKEN");
  return variable.empty() ? ReadTokenFile(TokenFile(environment)) : variable;
}

}  // namespace

std::vector<OptionSpec> SignInOptions() {
  return {
      ValueOption(
          {"--token"}, ValueKind::kText, "TOKEN",
          "who you are, for a server that asks (default: $WINNOW_TOKEN, else what stands in "
          "~/.config/winnow/token, which others must not be able to read)"),
      ValueOption({"--tls-ca"}, ValueKind::kText, "FILE",
                  "encrypt the connection; FILE (PEM) says who vouches for the server, or 'system' "
                  "for those that the system trusts (default: $WINNOW_TLS_CA, else not encrypted)"),
  };
}

absl::StatusOr<rpc::ConnectOptions> ReadSignIn(const Invocation& invocation,
                                               const Environment& environment) {
  rpc::ConnectOptions options;
  WINNOW_ASSIGN_OR_RETURN(options.token, ReadToken(invocation, environment));
  options.tls.authority = invocation.Text("tls-ca", environment.variable("WINNOW_TLS_CA"));
  return options;
}

}  // namespace winnow::cli

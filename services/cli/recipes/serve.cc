// serve: all services in this process, until a signal ends it.
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/server.h"
#include "common/rpc/streams.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/serve_address.h"
#include "services/cli/shell/connect.h"
#include "services/cli/shell/output.h"
#include "services/standalone/standalone.h"

namespace winnow::cli {
namespace {

// The browser's address; empty when it was switched off, or the port that nobody chose is taken.
absl::StatusOr<std::string> ServeBrowsers(const Invocation& invocation, const std::string& address,
                                          standalone::Standalone& services,
                                          Environment& environment) {
  if (address.empty()) return "";
  const absl::Status served =
      services.ServeBrowsers({.address = address, .files = invocation.Text("web-files")});
  if (absl::IsUnavailable(served) && !invocation.Has("web")) {
    environment.Note(absl::StrCat(served.message(), ": there is no page for browsers; --web ",
                                  "HOST:PORT chooses another port for it"));
    return "";
  }
  // The person chose the port.
  if (absl::IsUnavailable(served))
    return absl::FailedPreconditionError(absl::StrCat("--web: ", served.message()));
  WINNOW_RETURN_IF_ERROR(served);
  return services.web_url();
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  const std::string listen = invocation.Text("listen", "127.0.0.1:7707");
  WINNOW_RETURN_IF_ERROR(CheckAddressForm(listen));
  WINNOW_ASSIGN_OR_RETURN(const std::string web_address,
                          WebAddressOf(invocation.Text("web"), listen));
  const std::string data_dir = invocation.Text("data", DefaultDataDir(environment));
  absl::StatusOr<std::unique_ptr<standalone::Standalone>> services = standalone::Standalone::Start(
      {.data_dir = data_dir,
       .address = listen,
       .tls = {invocation.Text("tls-cert"), invocation.Text("tls-key"),
               invocation.Text("tls-client-ca")},
       .issuer = {invocation.Text("oidc-issuer"), invocation.Text("oidc-audience"),
                  invocation.Text("oidc-role-claim"), invocation.Text("oidc-keys")},
       .insecure = invocation.Flag("insecure"),
       .streams = {.max_streams = invocation.Count("max-streams", rpc::kMaxStreams)}});
  if (services.status().code() == absl::StatusCode::kUnavailable) {
    // The person chose the port, so this is bad input and not a server that is away.
    return absl::FailedPreconditionError(services.status().message());
  }
  if (services.status().code() == absl::StatusCode::kFailedPrecondition) {
    return absl::FailedPreconditionError(absl::StrCat(
        services.status().message(),
        "; if another winnow runs on it, stop that, or serve another directory with --data DIR"));
  }
  WINNOW_RETURN_IF_ERROR(services.status());
  WINNOW_ASSIGN_OR_RETURN(const std::string web,
                          ServeBrowsers(invocation, web_address, **services, environment));
  const std::string address =
      rpc::IsUnixAddress(listen)
          ? listen
          : absl::StrCat(listen.substr(0, listen.rfind(':')), ":", (*services)->port());
  if (invocation.Flag("json")) {
    PrintJson({{"address", address}, {"data", data_dir}, {"web", web}}, environment);
  } else {
    environment.out << "serving " << data_dir << " on " << address << std::endl;
    if (!web.empty()) environment.out << "in the browser: " << web << std::endl;
  }
  if ((*services)->IsOpen()) {
    environment.Note(
        absl::StrCat("nobody is registered: everybody who reaches ", address,
                     " may do everything; `winnow people add NAME --role admin --server ", address,
                     "` closes it"));
  }
  rpc::WaitForTermination();
  environment.Note("draining");
  (*services)->Shutdown();
  return absl::OkStatus();
}

}  // namespace

Command Serve() {
  return {
      {.name = "serve",
       .summary = "Run all services in this process, for many people and programs",
       .options = {ValueOption({"--data"}, ValueKind::kText, "DIR",
                               "directory that everything is kept in; made if need be "
                               "(default: $WINNOW_DATA_DIR, else ~/.local/share/winnow)"),
                   ValueOption({"--listen"}, ValueKind::kText, "HOST:PORT",
                               "address to serve on (default: 127.0.0.1:7707); port 0: any "
                               "free one, which is printed; or unix:PATH, a socket in the "
                               "file system"),
                   ValueOption({"--web"}, ValueKind::kText, "HOST:PORT",
                               absl::StrCat("address to serve browsers on (default: ", kWebHost,
                                            ":", kWebPort, ", or a free port where --listen has ",
                                            "port 0); none: not at all")),
                   ValueOption({"--web-files"}, ValueKind::kText, "DIR",
                               "directory of the web application (default: what was installed "
                               "with this program)"),
                   ValueOption({"--tls-cert"}, ValueKind::kText, "FILE",
                               "certificate (PEM) to encrypt connections with; read again when "
                               "it is renewed"),
                   ValueOption({"--tls-key"}, ValueKind::kText, "FILE", "its private key (PEM)"),
                   ValueOption({"--tls-client-ca"}, ValueKind::kText, "FILE",
                               "who vouches for programs (PEM): one that shows a certificate "
                               "needs no token, and is a service"),
                   ValueOption({"--max-streams"}, ValueKind::kCount, "N",
                               absl::StrCat("people and programs that may work or watch on a "
                                            "stream at a time (default: ",
                                            rpc::kMaxStreams, ")")),
                   ValueOption({"--oidc-issuer"}, ValueKind::kText, "URL",
                               "issuer whose tokens are accepted, too (OpenID Connect), to the "
                               "letter as they name it"),
                   ValueOption({"--oidc-audience"}, ValueKind::kText, "AUD",
                               "for whom its tokens must be (claim aud)"),
                   ValueOption({"--oidc-role-claim"}, ValueKind::kText, "CLAIM",
                               "where its tokens name roles (annotator, reviewer, manager, "
                               "admin): a claim, or the way to one, as realm_access.roles"),
                   ValueOption({"--oidc-keys"}, ValueKind::kText, "FILE|URL",
                               "its keys (JSON Web Key Set; default: what the issuer tells at "
                               "/.well-known/openid-configuration)"),
                   FlagOption({"--insecure"},
                              "allow addresses that other machines can reach without TLS, or "
                              "while nobody is registered"),
                   FlagOption({"--json"}, "print the address as a JSON object")},
       .example = "serve --data ./data --listen 127.0.0.1:7707",
       .notes = "Prints \"serving DIR on HOST:PORT\" when it is ready; SIGTERM and Ctrl-C give "
                "calls in flight a second to finish; a second one ends at once."},
      Run};
}

}  // namespace winnow::cli

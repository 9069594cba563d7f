// open: shows the page of a running server in the browser.
#include <spawn.h>
#include <sys/wait.h>

#include <iterator>
#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/serve_address.h"
#include "services/cli/shell/output.h"

extern char** environ;

namespace winnow::cli {
namespace {

// By the desktop's own program. False where there is none, or no desktop.
bool OpenInBrowser(const std::string& url, const Environment& environment) {
  if (environment.variable("DISPLAY").empty() && environment.variable("WAYLAND_DISPLAY").empty())
    return false;
  std::string words[] = {"xdg-open", url};
  char* arguments[] = {words[0].data(), words[1].data(), nullptr};
  pid_t child = 0;
  if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments, environ) != 0) return false;
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  std::string url = invocation.Argument("ADDRESS");
  if (url.empty()) url = absl::StrCat(kWebHost, ":", kWebPort);
  if (!absl::StrContains(url, "://")) url = absl::StrCat("http://", url, "/");
  const bool opened = OpenInBrowser(url, environment);
  if (invocation.Flag("json")) {
    PrintJson({{"web", url}, {"opened", opened}}, environment);
  } else {
    environment.out << (opened ? "opened " : "open this in a browser: ") << url << std::endl;
  }
  return absl::OkStatus();
}

}  // namespace

Command Open() {
  return {{.name = "open",
           .summary = "Open the page of a running server in the browser",
           .arguments = {{.name = "ADDRESS",
                          .help = absl::StrCat("what `winnow serve` has printed (default: ",
                                               kWebHost, ":", kWebPort, ")"),
                          .required = false}},
           .options = {FlagOption({"--json"}, "print the address as a JSON object")},
           .example = "open 127.0.0.1:7708",
           .notes = "Prints the address where there is no desktop."},
          Run};
}

}  // namespace winnow::cli

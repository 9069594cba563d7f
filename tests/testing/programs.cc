#include "tests/testing/programs.h"

#include <signal.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow::integration {

std::string Program(const std::string& name) { return absl::StrCat(WINNOW_BIN_DIR, "/", name); }

Finished RunToEnd(const std::string& program, const std::vector<std::string>& words) {
  std::vector<std::string> all = {Program(program)};
  all.insert(all.end(), words.begin(), words.end());
  ChildProcess process(all);
  const absl::StatusOr<int> exit_code = process.Wait(absl::Minutes(2));
  if (!exit_code.ok()) return {-1, "", exit_code.status().ToString()};
  return {*exit_code, process.out(), process.err()};
}

absl::StatusOr<std::unique_ptr<WinnowServer>> WinnowServer::Start(
    const std::string& data_dir, const std::vector<std::string>& words,
    const rpc::ConnectOptions& connect) {
  std::unique_ptr<WinnowServer> server(new WinnowServer());
  std::vector<std::string> all = {Program("winnow"), "serve",    "--data",
                                  data_dir,          "--listen", "127.0.0.1:0"};
  all.insert(all.end(), words.begin(), words.end());
  server->process_ = std::make_unique<ChildProcess>(all);
  WINNOW_ASSIGN_OR_RETURN(server->address_,
                          server->process_->AwaitLine(absl::StrCat("serving ", data_dir, " on ")));
  WINNOW_ASSIGN_OR_RETURN(server->session_, cli::ConnectTo(server->address_, connect));
  return server;
}

void WinnowServer::Kill() {
  process_->Signal(SIGKILL);
  (void)process_->Wait();
}

}  // namespace winnow::integration

// winnow-gateway: the way of browsers to the services, as a process of its own.
#include <cstdio>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/rpc/client.h"
#include "common/rpc/connection_flags.h"
#include "common/rpc/server.h"
#include "services/gateway/gateway.h"
#include "winnow/access/v1/access.grpc.pb.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7800", "host:port to serve browsers on");
ABSL_FLAG(
    std::vector<std::string>, server, {"127.0.0.1:7707"},
    "where all services are; or three addresses, separated by commas, of annotation, training "
    "and evaluation");
ABSL_FLAG(std::string, data, "gateway-data",
          "directory of the key of the cookies, and of who has signed out");
ABSL_FLAG(std::string, web_files, "",
          "directory of the web application (default: share/winnow/web beside this program's bin)");
ABSL_FLAG(std::vector<std::string>, host_names, {},
          "names under which browsers know this gateway, besides localhost and IP addresses "
          "(default: any, if it listens on an address that is not loopback)");
ABSL_FLAG(uint32_t, max_connections, 2000, "open connections of browsers");

namespace winnow::gateway {
namespace {

// The channels take no token of ours: it would be that of whoever has none.
absl::StatusOr<Backends> ConnectBackends(const std::vector<std::string>& addresses) {
  if (addresses.size() != 1 && addresses.size() != 3) {
    return absl::InvalidArgumentError(
        "--server must be one address, or those of annotation, training and evaluation");
  }
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (const std::string& address : addresses) {
    WINNOW_ASSIGN_OR_RETURN(channels.emplace_back(), rpc::ConnectForOthers(address));
  }
  return Backends{channels.front(), channels[channels.size() / 2], channels.back()};
}

// Whether the services ask who calls; waits for them.
absl::StatusOr<bool> AreClosed(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = access::v1::AccessService::NewStub(channel);
  const absl::StatusOr<access::v1::WhoAmIResponse> who =
      rpc::Client().Call(*stub, &access::v1::AccessService::Stub::WhoAmI, {},
                         {.timeout = absl::Seconds(30), .wait_for_ready = true});
  if (absl::IsUnauthenticated(who.status())) return true;
  WINNOW_RETURN_IF_ERROR(who.status());
  return !who->open();
}

absl::Status Run() {
  metrics::Registry metrics;
  WINNOW_ASSIGN_OR_RETURN(const Backends backends, ConnectBackends(absl::GetFlag(FLAGS_server)));
  const std::string address = absl::GetFlag(FLAGS_listen);
  WINNOW_ASSIGN_OR_RETURN(const rpc::TlsFiles tls,
                          rpc::ListenTls(address, [&] { return AreClosed(backends.annotation); }));
  Options options{.address = address,
                  .identity = {tls.certificate, tls.key},
                  .web_files = absl::GetFlag(FLAGS_web_files),
                  .data_dir = absl::GetFlag(FLAGS_data),
                  .host_names = absl::GetFlag(FLAGS_host_names),
                  .max_connections = absl::GetFlag(FLAGS_max_connections)};
  if (options.web_files.empty()) options.web_files = InstalledWebFiles();
  WINNOW_ASSIGN_OR_RETURN(const auto gateway, Gateway::Start(options, backends, metrics));
  LogEvent(LogLevel::kInfo, "started", {{"service", "winnow-gateway"}, {"url", gateway->url()}});
  rpc::WaitForTermination();
  LogEvent(LogLevel::kInfo, "stopping", {{"service", "winnow-gateway"}});
  gateway->Stop(rpc::kDrain);
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::gateway

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  absl::SetProgramUsageMessage(
      "Serves the web application, and carries its calls to the services.\n"
      "Example: winnow-gateway --listen=127.0.0.1:7800 --server=127.0.0.1:7707 --data=gateway");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = winnow::gateway::Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-gateway: %s\n", std::string(status.message()).c_str());
  return 2;
}

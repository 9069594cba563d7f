// winnow-annotation: the annotation service as a process of its own.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "common/access/people_writer.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/rpc/server.h"
#include "common/rpc/server_flags.h"
#include "services/annotation/access_service.h"
#include "services/annotation/composition.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7801", "host:port to serve on, or unix:path");
ABSL_FLAG(std::string, data, "corpus-data",
          "directory of the corpus; training and evaluation read its snapshots");
ABSL_FLAG(uint32_t, max_streams, winnow::rpc::kMaxStreams,
          "people and programs that may work or watch on a stream at a time");
ABSL_FLAG(std::string, models, "models",
          "directory of the model store, which the training service writes");

namespace winnow::annotation {
namespace {

absl::Status Run() {
  metrics::Registry metrics;
  WINNOW_ASSIGN_OR_RETURN(const auto people, access::PeopleWriter::Open(rpc::AccessDirectory()));
  WINNOW_ASSIGN_OR_RETURN(const auto access, rpc::OpenAccess(metrics));
  WINNOW_ASSIGN_OR_RETURN(rpc::ServerOptions options,
                          rpc::ServerOptionsOf(absl::GetFlag(FLAGS_listen), *access));
  const rpc::Handlers handlers(metrics, access->environment());
  const models::ModelStore store(absl::GetFlag(FLAGS_models));
  WINNOW_ASSIGN_OR_RETURN(const auto composition,
                          Composition::Open(absl::GetFlag(FLAGS_data), store,
                                            {.max_streams = absl::GetFlag(FLAGS_max_streams)}));
  const std::unique_ptr<Composition::Front> front = composition->MakeFront(handlers);
  AccessServiceImpl access_service(*people, *access, handlers);
  options.services = front->served();
  options.services.push_back(
      {access::v1::AccessService::service_full_name(), [] { return absl::OkStatus(); }});
  std::vector<grpc::Service*> services = front->services();
  services.push_back(&access_service);
  WINNOW_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(options, services));
  LogEvent(LogLevel::kInfo, "started",
           {{"service", "winnow-annotation"}, {"port", server->port()}});
  rpc::WaitForTermination();
  LogEvent(LogLevel::kInfo, "stopping", {{"service", "winnow-annotation"}});
  composition->Stop();
  server->Shutdown();
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::annotation

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  absl::SetProgramUsageMessage(
      "Owns the corpus and asks people.\n"
      "Example: winnow-annotation --listen=127.0.0.1:7801 --data=corpus --models=models");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = winnow::annotation::Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-annotation: %s\n", std::string(status.message()).c_str());
  // Nothing fails once it serves: what is wrong is how it was started.
  return 2;
}

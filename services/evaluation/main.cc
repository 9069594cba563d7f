// winnow-evaluation: the evaluation service as a process of its own.
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/connection_flags.h"
#include "common/rpc/handlers.h"
#include "common/rpc/server.h"
#include "common/rpc/server_flags.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparisons.h"
#include "services/evaluation/evaluation_service.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7803", "host:port to serve on, or unix:path");
ABSL_FLAG(std::string, data, "evaluation-data", "directory of the evaluations database");
ABSL_FLAG(std::string, models, "models",
          "directory of the model store, which the training service writes");
ABSL_FLAG(std::string, corpus_root, "corpus-data",
          "the annotation service's --data, on a shared file system");
ABSL_FLAG(std::string, annotation, "127.0.0.1:7801", "host:port of the annotation service");

namespace winnow::evaluation {
namespace {

absl::Status Run() {
  metrics::Registry metrics;
  WINNOW_ASSIGN_OR_RETURN(const auto access, rpc::OpenAccess(metrics));
  WINNOW_ASSIGN_OR_RETURN(rpc::ServerOptions options,
                          rpc::ServerOptionsOf(absl::GetFlag(FLAGS_listen), *access));
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                          rpc::ConnectToService(absl::GetFlag(FLAGS_annotation)));

  const models::ModelStore store(absl::GetFlag(FLAGS_models));
  models::ModelCache models(&store);
  WINNOW_ASSIGN_OR_RETURN(
      const auto database,
      kv::RocksStore::Open(std::filesystem::path(absl::GetFlag(FLAGS_data)) / "evaluations"));
  const auto annotation = annotation::v1::AnnotationService::NewStub(channel);
  const auto snapshots = annotation::v1::SnapshotService::NewStub(channel);
  const AnnotationServiceClient client(*annotation, *snapshots, absl::GetFlag(FLAGS_corpus_root));
  WINNOW_ASSIGN_OR_RETURN(const auto comparisons,
                          Comparisons::Open(models, store, *database, client, SystemClock::Get()));
  EvaluationServiceImpl service(models, store, client, *comparisons,
                                rpc::Handlers(metrics, access->environment()));
  options.services = {
      {v1::EvaluationService::service_full_name(), [&] { return database->Recover(); }}};
  WINNOW_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(options, {&service}));
  LogEvent(LogLevel::kInfo, "started",
           {{"service", "winnow-evaluation"}, {"port", server->port()}});
  rpc::WaitForTermination();
  LogEvent(LogLevel::kInfo, "stopping", {{"service", "winnow-evaluation"}});
  comparisons->RequestStop();
  server->Shutdown();
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::evaluation

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  absl::SetProgramUsageMessage(
      "Predicts, measures models against gold, and compares them by people.\n"
      "Example: winnow-evaluation --listen=127.0.0.1:7803 --models=models --corpus_root=corpus "
      "--annotation=127.0.0.1:7801");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = winnow::evaluation::Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-evaluation: %s\n", std::string(status.message()).c_str());
  // Nothing fails once it serves: what is wrong is how it was started.
  return 2;
}

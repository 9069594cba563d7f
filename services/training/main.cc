// winnow-training: the training service as a process of its own.
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/rpc/connection_flags.h"
#include "common/rpc/handlers.h"
#include "common/rpc/server.h"
#include "common/rpc/server_flags.h"
#include "services/training/api.h"
#include "services/training/training_jobs.h"
#include "services/training/training_service.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7802", "host:port to serve on, or unix:path");
ABSL_FLAG(std::string, data, "training-data", "directory of the jobs database");
ABSL_FLAG(std::string, models, "models",
          "directory of the model store; this process is its only writer");
ABSL_FLAG(std::string, corpus_root, "corpus-data",
          "the annotation service's --data, on a shared file system");
ABSL_FLAG(std::string, annotation, "127.0.0.1:7801", "host:port of the annotation service");

namespace winnow::training {
namespace {

absl::Status Run() {
  metrics::Registry metrics;
  WINNOW_ASSIGN_OR_RETURN(const auto access, rpc::OpenAccess(metrics));
  WINNOW_ASSIGN_OR_RETURN(rpc::ServerOptions options,
                          rpc::ServerOptionsOf(absl::GetFlag(FLAGS_listen), *access));
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                          rpc::ConnectToService(absl::GetFlag(FLAGS_annotation)));

  WINNOW_ASSIGN_OR_RETURN(const auto publisher,
                          models::ModelPublisher::Open(absl::GetFlag(FLAGS_models)));
  WINNOW_ASSIGN_OR_RETURN(
      const auto database,
      kv::RocksStore::Open(std::filesystem::path(absl::GetFlag(FLAGS_data)) / "jobs"));
  const Clock& clock = SystemClock::Get();
  jobs::JobStore store(*database);
  kv::Once requests(*database, clock, RequestLog());
  WINNOW_RETURN_IF_ERROR(FinishRequests(requests, *publisher));
  const auto annotation = winnow::annotation::v1::SnapshotService::NewStub(channel);
  const std::filesystem::path corpus_root = absl::GetFlag(FLAGS_corpus_root);
  const TrainingEnvironment environment{publisher.get(),
                                        [&] { return TakeSnapshot(*annotation, corpus_root); },
                                        database.get(), &clock};
  WINNOW_ASSIGN_OR_RETURN(const auto jobs,
                          jobs::JobRunner::Start(store, requests, clock, JobKinds(environment)));
  TrainingServiceImpl service(*jobs, requests, *publisher,
                              rpc::Handlers(metrics, access->environment()));
  options.services = {
      {v1::TrainingService::service_full_name(), [&] { return database->Recover(); }}};
  WINNOW_ASSIGN_OR_RETURN(const auto server, rpc::Server::Start(options, {&service}));
  LogEvent(LogLevel::kInfo, "started", {{"service", "winnow-training"}, {"port", server->port()}});
  rpc::WaitForTermination();
  LogEvent(LogLevel::kInfo, "stopping", {{"service", "winnow-training"}});
  jobs->RequestStop();
  server->Shutdown();
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow::training

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  absl::SetProgramUsageMessage(
      "Trains versions of models and owns the model store.\n"
      "Example: winnow-training --listen=127.0.0.1:7802 --models=models --corpus_root=corpus "
      "--annotation=127.0.0.1:7801");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = winnow::training::Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-training: %s\n", std::string(status.message()).c_str());
  // Nothing fails once it serves: what is wrong is how it was started.
  return 2;
}

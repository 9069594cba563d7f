// winnow-evaluation: the evaluation service as a process of its own.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/server.h"
#include "services/evaluation/evaluation_service.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7803", "Address to listen on, HOST:PORT.");
ABSL_FLAG(std::string, models, "", "Directory of the model store. Required.");
ABSL_FLAG(std::string, corpus_root, "", "Directory that annotation makes its snapshots below, shared with it. Required.");
ABSL_FLAG(std::string, data, "", "Directory of this service's own database; made if need be. Required.");
ABSL_FLAG(std::string, annotation, "127.0.0.1:7801", "Address of the annotation service, HOST:PORT.");
ABSL_FLAG(bool, insecure, false, "Allow an address to listen on that is not loopback: anybody who reaches it may call.");

namespace winnow {
namespace {

absl::Status CheckFlags() {
  Violations violations;
  if (absl::GetFlag(FLAGS_models).empty()) violations.Add("--models", "is required");
  if (absl::GetFlag(FLAGS_corpus_root).empty()) violations.Add("--corpus_root", "is required");
  if (absl::GetFlag(FLAGS_data).empty()) violations.Add("--data", "is required");
  if (!rpc::IsLoopback(absl::GetFlag(FLAGS_listen)) && !absl::GetFlag(FLAGS_insecure)) {
    violations.Add("--listen", absl::StrCat(absl::GetFlag(FLAGS_listen), " is not loopback; add --insecure if you mean it"));
  }
  return violations.ToStatus("cannot start");
}

absl::Status Run() {
  WINNOW_RETURN_IF_ERROR(CheckFlags());
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<kv::RocksStore> database,
                          kv::RocksStore::Open(absl::GetFlag(FLAGS_data)));
  const models::ModelStore store(absl::GetFlag(FLAGS_models));
  models::ModelCache models(&store);
  const auto annotation = annotation::v1::AnnotationService::NewStub(rpc::Connect(absl::GetFlag(FLAGS_annotation)));
  evaluation::EvaluationServiceImpl service(models, store, *database, *annotation, absl::GetFlag(FLAGS_corpus_root));
  const rpc::ServerOptions options{.address = absl::GetFlag(FLAGS_listen),
                                   .service_names = {"winnow.evaluation.v1.EvaluationService"}};
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server, rpc::Server::Start(options, {&service}));
  LogInfo("evaluation listens on port ", server->port());
  rpc::WaitForTermination();
  LogInfo("evaluation finishes the calls in flight and stops");
  server->Shutdown();
  return absl::OkStatus();
}

}  // namespace
}  // namespace winnow

int main(int argc, char** argv) {
  winnow::rpc::BlockTerminationSignals();
  absl::SetProgramUsageMessage("Predicts, measures models against gold, and compares them by people.");
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = winnow::Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "winnow-evaluation: %s\n", std::string(status.message()).c_str());
  // As for the command line: 2 is the caller's mistake.
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

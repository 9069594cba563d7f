#include "services/standalone/standalone.h"

#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/server.h"
#include "services/annotation/annotation_parts.h"
#include "services/evaluation/evaluation_service.h"
#include "services/training/job_runner.h"
#include "services/training/job_store.h"
#include "services/training/train_version.h"
#include "services/training/training_service.h"

namespace winnow::standalone {

// In the order of construction; destroyed in the reverse one.
struct Standalone::Parts {
  std::unique_ptr<models::ModelPublisher> publisher;
  std::unique_ptr<annotation::AnnotationParts> annotation;
  // Serves annotation to the other two, which are started after it, without a port.
  std::unique_ptr<annotation::AnnotationServiceImpl> inner_service;
  std::unique_ptr<rpc::Server> inner_server;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_stub;
  std::unique_ptr<training::JobStore> job_store;
  training::TrainingEnvironment environment;
  std::unique_ptr<training::JobRunner> jobs;
  std::unique_ptr<training::TrainingServiceImpl> training;
  std::unique_ptr<models::ModelCache> models;
  std::unique_ptr<kv::RocksStore> evaluations;
  std::unique_ptr<evaluation::EvaluationServiceImpl> evaluation;
  std::unique_ptr<rpc::Server> server;
};

Standalone::Standalone(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Standalone::~Standalone() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Standalone>> Standalone::Start(const Options& options) {
  auto parts = std::make_unique<Parts>();
  const std::filesystem::path corpus_root = options.data_dir / "corpus";
  WINNOW_ASSIGN_OR_RETURN(parts->publisher,
                          models::ModelPublisher::Open(options.data_dir / "models"));
  const models::ModelStore& store = parts->publisher->store();
  WINNOW_ASSIGN_OR_RETURN(parts->annotation, annotation::AnnotationParts::Open(corpus_root, store));
  parts->inner_service = parts->annotation->MakeService();
  WINNOW_ASSIGN_OR_RETURN(parts->inner_server,
                          rpc::Server::Start({}, {parts->inner_service.get()}));
  parts->annotation_stub =
      annotation::v1::AnnotationService::NewStub(parts->inner_server->InProcessChannel());

  WINNOW_ASSIGN_OR_RETURN(auto jobs_database, kv::RocksStore::Open(options.data_dir / "jobs"));
  parts->job_store = std::make_unique<training::JobStore>(std::move(jobs_database));
  parts->environment = {parts->publisher.get(),
                        [stub = parts->annotation_stub.get(), corpus_root] {
                          return rpc::CorpusSnapshot::Take(*stub, corpus_root);
                        },
                        parts->job_store.get(), &SystemClock::Get()};
  const auto train = [environment = &parts->environment](const training::v1::TrainingJob& job,
                                                         training::JobContext& context) {
    return training::TrainVersion(*environment, job, context);
  };
  WINNOW_ASSIGN_OR_RETURN(parts->jobs,
                          training::JobRunner::Start(*parts->job_store, SystemClock::Get(), train));
  parts->training = std::make_unique<training::TrainingServiceImpl>(*parts->jobs, *parts->job_store,
                                                                    *parts->publisher);

  parts->models = std::make_unique<models::ModelCache>(&store);
  WINNOW_ASSIGN_OR_RETURN(parts->evaluations,
                          kv::RocksStore::Open(options.data_dir / "evaluations"));
  parts->evaluation = std::make_unique<evaluation::EvaluationServiceImpl>(
      *parts->models, store, *parts->evaluations, *parts->annotation_stub, corpus_root);

  const rpc::ServerOptions server_options{options.address,
                                          {annotation::v1::AnnotationService::service_full_name(),
                                           training::v1::TrainingService::service_full_name(),
                                           evaluation::v1::EvaluationService::service_full_name()}};
  WINNOW_ASSIGN_OR_RETURN(
      parts->server,
      rpc::Server::Start(server_options, {&parts->annotation->service(), parts->training.get(),
                                          parts->evaluation.get()}));
  return std::unique_ptr<Standalone>(new Standalone(std::move(parts)));
}

std::shared_ptr<grpc::Channel> Standalone::channel() { return parts_->server->InProcessChannel(); }

int Standalone::port() const { return parts_->server->port(); }

void Standalone::Shutdown(absl::Duration drain) { parts_->server->Shutdown(drain); }

}  // namespace winnow::standalone

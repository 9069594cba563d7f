#include "services/standalone/standalone.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/access/people_writer.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/status.h"
#include "common/jobs/job_runner.h"
#include "common/jobs/job_store.h"
#include "common/kv/once.h"
#include "common/kv/rocks/rocks_store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/access_control.h"
#include "common/rpc/handlers.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/server.h"
#include "services/annotation/access_service.h"
#include "services/annotation/composition.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparisons.h"
#include "services/evaluation/evaluation_service.h"
#include "services/gateway/gateway.h"
#include "services/training/api.h"
#include "services/training/training_jobs.h"
#include "services/training/training_service.h"

namespace winnow::standalone {

// In the order of construction; destroyed in the reverse one.
struct Standalone::Parts {
  explicit Parts(const Options& options) : options(options) {}
  // One after the other.
  absl::Status OpenAccess();
  absl::Status OpenAnnotation();
  absl::Status OpenTraining();
  absl::Status OpenEvaluation();
  absl::Status Serve();
  // Puts a service aside unless it could be opened.
  void SetAside(absl::string_view service, const absl::Status& opened);

  metrics::Registry metrics;
  const Clock& clock = SystemClock::Get();
  const Options options;
  const std::filesystem::path& data_dir = options.data_dir;
  std::unique_ptr<access::PeopleWriter> people;
  std::unique_ptr<rpc::AccessControl> access;
  // For calls from outside, and for those of this process.
  rpc::Handlers handlers{metrics};
  const rpc::Handlers inner_handlers{metrics};
  const std::filesystem::path corpus_root = data_dir / "corpus";
  const models::ModelStore store{data_dir / "models"};
  std::unique_ptr<annotation::Composition> annotation;
  // Serves annotation to the other two, which are started after it, without a port.
  std::unique_ptr<annotation::Composition::Front> inner_front;
  std::unique_ptr<rpc::Server> inner_server;
  std::unique_ptr<annotation::v1::AnnotationService::Stub> annotation_stub;
  std::unique_ptr<annotation::v1::SnapshotService::Stub> snapshot_stub;
  std::unique_ptr<models::ModelPublisher> publisher;
  std::unique_ptr<kv::RocksStore> jobs_database;
  std::unique_ptr<jobs::JobStore> job_store;
  std::unique_ptr<kv::Once> job_requests;
  training::TrainingEnvironment environment;
  std::unique_ptr<jobs::JobRunner> jobs;
  std::unique_ptr<training::TrainingServiceImpl> training;
  std::unique_ptr<models::ModelCache> models;
  std::unique_ptr<kv::RocksStore> evaluations;
  std::unique_ptr<evaluation::AnnotationServiceClient> evaluation_client;
  std::unique_ptr<evaluation::Comparisons> comparisons;
  std::unique_ptr<evaluation::EvaluationServiceImpl> evaluation;
  std::map<std::string, absl::Status> failed_services;
  std::unique_ptr<annotation::Composition::Front> front;
  std::unique_ptr<annotation::AccessServiceImpl> access_service;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<gateway::Gateway> gateway;
};

Standalone::Standalone(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Standalone::~Standalone() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Standalone>> Standalone::Start(const Options& options) {
  auto parts = std::make_unique<Parts>(options);
  WINNOW_RETURN_IF_ERROR(parts->OpenAccess());
  WINNOW_RETURN_IF_ERROR(parts->OpenAnnotation());
  parts->SetAside(training::v1::TrainingService::service_full_name(), parts->OpenTraining());
  parts->SetAside(evaluation::v1::EvaluationService::service_full_name(), parts->OpenEvaluation());
  WINNOW_RETURN_IF_ERROR(parts->Serve());
  return std::unique_ptr<Standalone>(new Standalone(std::move(parts)));
}

void Standalone::Parts::SetAside(absl::string_view service, const absl::Status& opened) {
  if (opened.ok()) return;
  LogEvent(LogLevel::kError, "service_failed", {{"service", service}, {"error", opened.message()}});
  failed_services[std::string(service)] = opened;
}

absl::Status Standalone::Parts::OpenAccess() {
  const std::filesystem::path directory = data_dir / "access";
  WINNOW_ASSIGN_OR_RETURN(people, access::PeopleWriter::Open(directory));
  WINNOW_ASSIGN_OR_RETURN(access, rpc::AccessControl::Open(directory, metrics, options.issuer));
  // Without an address only this process calls.
  if (options.address.empty()) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(
      rpc::CheckListenAddress(options.address, {.insecure = options.insecure,
                                                .encrypted = !options.tls.empty(),
                                                .closed = !access->people().IsOpen()}));
  handlers = rpc::Handlers(metrics, access->environment());
  return absl::OkStatus();
}

absl::Status Standalone::Parts::OpenAnnotation() {
  WINNOW_ASSIGN_OR_RETURN(annotation,
                          annotation::Composition::Open(corpus_root, store, options.streams));
  inner_front = annotation->MakeFront(inner_handlers);
  WINNOW_ASSIGN_OR_RETURN(inner_server, rpc::Server::Start({}, inner_front->services()));
  const std::shared_ptr<grpc::Channel> inner = inner_server->InProcessChannel();
  annotation_stub = annotation::v1::AnnotationService::NewStub(inner);
  snapshot_stub = annotation::v1::SnapshotService::NewStub(inner);
  return absl::OkStatus();
}

absl::Status Standalone::Parts::OpenTraining() {
  WINNOW_ASSIGN_OR_RETURN(publisher, models::ModelPublisher::Open(data_dir / "models"));
  WINNOW_ASSIGN_OR_RETURN(jobs_database, kv::RocksStore::Open(data_dir / "jobs"));
  job_store = std::make_unique<jobs::JobStore>(*jobs_database);
  job_requests = std::make_unique<kv::Once>(*jobs_database, clock, training::RequestLog());
  WINNOW_RETURN_IF_ERROR(training::FinishRequests(*job_requests, *publisher));
  environment = {publisher.get(),
                 [this] { return training::TakeSnapshot(*snapshot_stub, corpus_root); },
                 jobs_database.get(), &clock};
  WINNOW_ASSIGN_OR_RETURN(jobs, jobs::JobRunner::Start(*job_store, *job_requests, clock,
                                                       training::JobKinds(environment)));
  training =
      std::make_unique<training::TrainingServiceImpl>(*jobs, *job_requests, *publisher, handlers);
  return absl::OkStatus();
}

absl::Status Standalone::Parts::OpenEvaluation() {
  models = std::make_unique<models::ModelCache>(&store);
  WINNOW_ASSIGN_OR_RETURN(evaluations, kv::RocksStore::Open(data_dir / "evaluations"));
  evaluation_client = std::make_unique<evaluation::AnnotationServiceClient>(
      *annotation_stub, *snapshot_stub, corpus_root);
  WINNOW_ASSIGN_OR_RETURN(comparisons, evaluation::Comparisons::Open(*models, store, *evaluations,
                                                                     *evaluation_client, clock));
  evaluation = std::make_unique<evaluation::EvaluationServiceImpl>(
      *models, store, *evaluation_client, *comparisons, handlers);
  return absl::OkStatus();
}

absl::Status Standalone::Parts::Serve() {
  front = annotation->MakeFront(handlers);
  access_service = std::make_unique<annotation::AccessServiceImpl>(*people, *access, handlers);
  std::vector<grpc::Service*> services = front->services();
  services.push_back(access_service.get());
  rpc::ServerOptions server_options = {
      .address = options.address, .tls = options.tls, .services = front->served()};
  server_options.services.push_back(
      {access::v1::AccessService::service_full_name(), [] { return absl::OkStatus(); }});
  server_options.failed_services = failed_services;
  if (training != nullptr) {
    services.push_back(training.get());
    server_options.services.push_back({training::v1::TrainingService::service_full_name(),
                                       [this] { return jobs_database->Recover(); }});
  }
  if (evaluation != nullptr) {
    services.push_back(evaluation.get());
    server_options.services.push_back({evaluation::v1::EvaluationService::service_full_name(),
                                       [this] { return evaluations->Recover(); }});
  }
  WINNOW_ASSIGN_OR_RETURN(server, rpc::Server::Start(server_options, services));
  return absl::OkStatus();
}

absl::Status Standalone::ServeBrowsers(const WebOptions& web) {
  const Options& options = parts_->options;
  WINNOW_RETURN_IF_ERROR(rpc::CheckListenAddress(
      web.address,
      {.insecure = options.insecure, .encrypted = !options.tls.empty(), .closed = !IsOpen()},
      "--web"));
  const std::shared_ptr<grpc::Channel> all = channel();
  WINNOW_ASSIGN_OR_RETURN(
      parts_->gateway,
      gateway::Gateway::Start(
          {.address = web.address,
           .identity = {options.tls.certificate, options.tls.key},
           .web_files = web.files.empty() ? gateway::InstalledWebFiles() : web.files,
           .data_dir = options.data_dir / "gateway"},
          {all, all, all}, parts_->metrics));
  return absl::OkStatus();
}

std::string Standalone::web_url() const {
  return parts_->gateway == nullptr ? "" : parts_->gateway->url();
}

std::shared_ptr<grpc::Channel> Standalone::channel() { return parts_->server->InProcessChannel(); }

int Standalone::port() const { return parts_->server->port(); }

bool Standalone::IsOpen() const { return parts_->access->people().IsOpen(); }

void Standalone::Shutdown(absl::Duration drain) {
  parts_->annotation->Stop();
  if (parts_->jobs != nullptr) parts_->jobs->RequestStop();
  if (parts_->comparisons != nullptr) parts_->comparisons->RequestStop();
  if (parts_->gateway != nullptr) parts_->gateway->Stop(drain);
  parts_->server->Shutdown(drain);
}

}  // namespace winnow::standalone

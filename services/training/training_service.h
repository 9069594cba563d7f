// winnow.training.v1.TrainingService over gRPC: translates, and nothing else.
#pragma once

#include <utility>

#include "common/jobs/job_runner.h"
#include "common/kv/once.h"
#include "common/models/model_store.h"
#include "common/rpc/handlers.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::training {

// Before there is a service or a runner of jobs: makes good what requests had begun when the
// process died.
absl::Status FinishRequests(kv::Once& requests, models::ModelPublisher& publisher);

// Thread-safe. Everything that is passed in must outlive it.
class TrainingServiceImpl final : public v1::TrainingService::Service {
 public:
  TrainingServiceImpl(jobs::JobRunner& jobs, kv::Once& requests, models::ModelPublisher& publisher,
                      rpc::Handlers handlers = {})
      : jobs_(jobs), requests_(requests), publisher_(publisher), handlers_(std::move(handlers)) {}

  grpc::Status CreateTrainingJob(grpc::ServerContext* context,
                                 const v1::CreateTrainingJobRequest* request,
                                 v1::TrainingJob* response) override;
  grpc::Status GetTrainingJob(grpc::ServerContext* context,
                              const v1::GetTrainingJobRequest* request,
                              v1::TrainingJob* response) override;
  grpc::Status WatchTrainingJob(grpc::ServerContext* context,
                                const v1::GetTrainingJobRequest* request,
                                grpc::ServerWriter<v1::TrainingJob>* writer) override;
  grpc::Status CancelTrainingJob(grpc::ServerContext* context,
                                 const v1::CancelTrainingJobRequest* request,
                                 v1::TrainingJob* response) override;
  grpc::Status ListTrainingJobs(grpc::ServerContext* context,
                                const v1::ListTrainingJobsRequest* request,
                                v1::ListTrainingJobsResponse* response) override;
  grpc::Status MakeLexicon(grpc::ServerContext* context,
                           grpc::ServerReader<v1::MakeLexiconRequest>* reader,
                           v1::MakeLexiconResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModel(grpc::ServerContext* context, const v1::GetModelRequest* request,
                        v1::Model* response) override;
  grpc::Status ListModelVersions(grpc::ServerContext* context,
                                 const v1::ListModelVersionsRequest* request,
                                 v1::ListModelVersionsResponse* response) override;
  grpc::Status GetModelVersion(grpc::ServerContext* context,
                               const v1::GetModelVersionRequest* request,
                               v1::ModelVersion* response) override;
  grpc::Status EraseTexts(grpc::ServerContext* context, const v1::EraseTextsRequest* request,
                          v1::EraseTextsResponse* response) override;
  grpc::Status ImportModel(grpc::ServerContext* context,
                           grpc::ServerReader<v1::ImportModelRequest>* reader,
                           v1::ModelVersion* response) override;
  grpc::Status ExportModel(grpc::ServerContext* context, const v1::ExportModelRequest* request,
                           grpc::ServerWriter<v1::ExportModelResponse>* writer) override;
  grpc::Status PromoteModel(grpc::ServerContext* context, const v1::PromoteModelRequest* request,
                            v1::Model* response) override;
  grpc::Status RollbackModel(grpc::ServerContext* context, const v1::RollbackModelRequest* request,
                             v1::Model* response) override;

 private:
  jobs::JobRunner& jobs_;
  kv::Once& requests_;
  models::ModelPublisher& publisher_;
  const rpc::Handlers handlers_;
};

}  // namespace winnow::training

// winnow.training.v1.TrainingService over gRPC: translates, and nothing else.
#pragma once

#include "common/models/model_store.h"
#include "services/training/job_runner.h"
#include "winnow/training/v1/training.grpc.pb.h"

namespace winnow::training {

// Thread-safe. What is passed in must outlive it.
class TrainingServiceImpl final : public v1::TrainingService::Service {
 public:
  TrainingServiceImpl(JobRunner& jobs, JobStore& requests, models::ModelPublisher& publisher)
      : jobs_(jobs), requests_(requests), publisher_(publisher) {}

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
  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModelVersion(grpc::ServerContext* context,
                               const v1::GetModelVersionRequest* request,
                               v1::ModelVersion* response) override;
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
  JobRunner& jobs_;
  JobStore& requests_;
  models::ModelPublisher& publisher_;
};

}  // namespace winnow::training

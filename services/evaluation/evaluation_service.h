// winnow.evaluation.v1.EvaluationService over gRPC: translates, and nothing else.
#pragma once

#include <filesystem>

#include "common/kv/store.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparisons.h"
#include "services/evaluation/tagger_pool.h"
#include "winnow/annotation/v1/annotation.grpc.pb.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::evaluation {

// Thread-safe. What is passed in must outlive it.
class EvaluationServiceImpl final : public v1::EvaluationService::Service {
 public:
  // `database` is the service's own; `corpus_root` is the directory that annotation makes its
  // snapshots below.
  EvaluationServiceImpl(models::ModelCache& models, const models::ModelStore& store,
                        kv::Store& database,
                        annotation::v1::AnnotationService::StubInterface& annotation,
                        const std::filesystem::path& corpus_root)
      : models_(models),
        store_(store),
        annotation_(annotation, corpus_root),
        comparisons_(models, store, database, annotation_) {}

  grpc::Status Predict(grpc::ServerContext* context, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status PredictStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::PredictResponse, v1::PredictRequest>* stream) override;
  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        v1::EvaluateResponse* response) override;
  grpc::Status CreateComparison(grpc::ServerContext* context,
                                const v1::CreateComparisonRequest* request,
                                v1::Comparison* response) override;
  grpc::Status GetComparison(grpc::ServerContext* context, const v1::GetComparisonRequest* request,
                             v1::Comparison* response) override;

 private:
  models::ModelCache& models_;
  const models::ModelStore& store_;
  AnnotationClient annotation_;
  Comparisons comparisons_;
  TaggerPool taggers_;
};

}  // namespace winnow::evaluation

// winnow.evaluation.v1.EvaluationService over gRPC: translates, and nothing else.
#pragma once

#include <utility>

#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "common/rpc/handlers.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/audit_estimates.h"
#include "services/evaluation/comparisons.h"
#include "services/evaluation/tagger_pool.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::evaluation {

// Thread-safe. What is passed in must outlive it.
class EvaluationServiceImpl final : public v1::EvaluationService::Service {
 public:
  EvaluationServiceImpl(models::ModelCache& models, const models::ModelStore& store,
                        const AnnotationServiceClient& annotation, Comparisons& comparisons,
                        rpc::Handlers handlers = {})
      : handlers_(std::move(handlers)),
        models_(models),
        store_(store),
        annotation_(annotation),
        comparisons_(comparisons),
        audit_estimates_(models, store, annotation) {}

  grpc::Status Predict(grpc::ServerContext* context, const v1::PredictRequest* request,
                       v1::PredictResponse* response) override;
  grpc::Status PredictStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::PredictResponse, v1::PredictRequest>* stream) override;
  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        v1::EvaluateResponse* response) override;
  grpc::Status EstimateFromAudit(grpc::ServerContext* context,
                                 const v1::EstimateFromAuditRequest* request,
                                 v1::EstimateFromAuditResponse* response) override;
  grpc::Status MeasureAgreement(grpc::ServerContext* context,
                                const v1::MeasureAgreementRequest* request,
                                v1::MeasureAgreementResponse* response) override;
  grpc::Status CreateComparison(grpc::ServerContext* context,
                                const v1::CreateComparisonRequest* request,
                                v1::Comparison* response) override;
  grpc::Status GetComparison(grpc::ServerContext* context, const v1::GetComparisonRequest* request,
                             v1::Comparison* response) override;

  grpc::Status CancelComparison(grpc::ServerContext* context,
                                const v1::CancelComparisonRequest* request,
                                v1::Comparison* response) override;
  grpc::Status ListComparisons(grpc::ServerContext* context,
                               const v1::ListComparisonsRequest* request,
                               v1::ListComparisonsResponse* response) override;
  grpc::Status DeleteComparison(grpc::ServerContext* context,
                                const v1::DeleteComparisonRequest* request,
                                v1::DeleteComparisonResponse* response) override;

 private:
  const rpc::Handlers handlers_;
  models::ModelCache& models_;
  const models::ModelStore& store_;
  const AnnotationServiceClient& annotation_;
  Comparisons& comparisons_;
  AuditEstimates audit_estimates_;
  TaggerPool taggers_;
};

}  // namespace winnow::evaluation

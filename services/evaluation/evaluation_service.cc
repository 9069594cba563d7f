#include "services/evaluation/evaluation_service.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/rpc/page.h"
#include "common/rpc/request_key.h"
#include "services/evaluation/api.h"

namespace winnow::evaluation {
namespace {

// A call whose deadline has passed counts as cancelled too.
auto CancellationOf(grpc::ServerContext* context) {
  return [context] { return context->IsCancelled(); };
}

}  // namespace

grpc::Status EvaluationServiceImpl::Predict(grpc::ServerContext* context,
                                            const v1::PredictRequest* request,
                                            v1::PredictResponse* response) {
  return handlers_.Run(
      "Evaluation.Predict", context, request, response,
      [&]() -> absl::StatusOr<v1::PredictResponse> {
        WINNOW_ASSIGN_OR_RETURN(
            const Predictions predictions,
            evaluation::Predict(models_, taggers_, FromApi(*request), CancellationOf(context)));
        return ToApi(predictions);
      });
}

grpc::Status EvaluationServiceImpl::PredictStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::PredictResponse, v1::PredictRequest>* stream) {
  return handlers_.Run("Evaluation.PredictStream", context, [&]() -> absl::Status {
    v1::PredictRequest request;
    while (stream->Read(&request)) {
      WINNOW_ASSIGN_OR_RETURN(
          const Predictions predictions,
          evaluation::Predict(models_, taggers_, FromApi(request), CancellationOf(context)));
      WINNOW_ASSIGN_OR_RETURN(const v1::PredictResponse response, ToApi(predictions));
      if (!stream->Write(response)) return absl::CancelledError("the caller went away");
    }
    return absl::OkStatus();
  });
}

grpc::Status EvaluationServiceImpl::Evaluate(grpc::ServerContext* context,
                                             const v1::EvaluateRequest* request,
                                             v1::EvaluateResponse* response) {
  return handlers_.Run("Evaluation.Evaluate", context, request, response,
                       [&]() -> absl::StatusOr<v1::EvaluateResponse> {
                         WINNOW_ASSIGN_OR_RETURN(
                             const GoldFigure figure,
                             EvaluateOnGold(models_, store_, annotation_, FromApi(*request),
                                            CancellationOf(context)));
                         return ToApi(figure);
                       });
}

grpc::Status EvaluationServiceImpl::EstimateFromAudit(grpc::ServerContext* context,
                                                      const v1::EstimateFromAuditRequest* request,
                                                      v1::EstimateFromAuditResponse* response) {
  return handlers_.Run("Evaluation.EstimateFromAudit", context, request, response,
                       [&]() -> absl::StatusOr<v1::EstimateFromAuditResponse> {
                         WINNOW_ASSIGN_OR_RETURN(const AuditEstimate estimate,
                                                 audit_estimates_.Of(request->queue()));
                         return ToApi(estimate);
                       });
}

grpc::Status EvaluationServiceImpl::CreateComparison(grpc::ServerContext* context,
                                                     const v1::CreateComparisonRequest* request,
                                                     v1::Comparison* response) {
  return handlers_.Run(
      "Evaluation.CreateComparison", context, request, response,
      [&]() -> absl::StatusOr<v1::Comparison> {
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::ComparisonRun spec, FromApi(request->spec()));
        if (request->validate_only()) {
          WINNOW_RETURN_IF_ERROR(comparisons_.Validate(spec));
          v1::Comparison checked;
          *checked.mutable_spec() = request->spec();
          return checked;
        }
        WINNOW_ASSIGN_OR_RETURN(
            const StandingComparison comparison,
            comparisons_.Create(spec, rpc::KeyOf(*request), CancellationOf(context)));
        return ToApi(comparison);
      });
}

grpc::Status EvaluationServiceImpl::GetComparison(grpc::ServerContext* context,
                                                  const v1::GetComparisonRequest* request,
                                                  v1::Comparison* response) {
  return handlers_.Run("Evaluation.GetComparison", context, request,
                       [&](const access::Caller& caller) -> absl::Status {
                         WINNOW_ASSIGN_OR_RETURN(const StandingComparison comparison,
                                                 comparisons_.Get(request->name()));
                         *response = ToApi(comparison);
                         HideFromJudges(caller, *response);
                         return absl::OkStatus();
                       });
}

grpc::Status EvaluationServiceImpl::CancelComparison(grpc::ServerContext* context,
                                                     const v1::CancelComparisonRequest* request,
                                                     v1::Comparison* response) {
  return handlers_.Run("Evaluation.CancelComparison", context, request, response,
                       [&]() -> absl::StatusOr<v1::Comparison> {
                         WINNOW_ASSIGN_OR_RETURN(const StandingComparison comparison,
                                                 comparisons_.Cancel(request->name()));
                         return ToApi(comparison);
                       });
}

grpc::Status EvaluationServiceImpl::ListComparisons(grpc::ServerContext* context,
                                                    const v1::ListComparisonsRequest* request,
                                                    v1::ListComparisonsResponse* response) {
  return handlers_.Run("Evaluation.ListComparisons", context, request, [&]() -> absl::Status {
    return rpc::ListPage(
        *request, *response, *response->mutable_comparisons(),
        [&](absl::string_view after, size_t limit) { return comparisons_.List(after, limit); },
        [](const StandingComparison& comparison) { return comparison.run.name(); },
        [](const StandingComparison& comparison) { return ToApi(comparison); });
  });
}

grpc::Status EvaluationServiceImpl::DeleteComparison(grpc::ServerContext* context,
                                                     const v1::DeleteComparisonRequest* request,
                                                     v1::DeleteComparisonResponse* response) {
  return handlers_.Run(
      "Evaluation.DeleteComparison", context, request, response,
      [&]() -> absl::StatusOr<v1::DeleteComparisonResponse> {
        WINNOW_RETURN_IF_ERROR(comparisons_.Delete(request->name(), rpc::KeyOf(*request)));
        return v1::DeleteComparisonResponse();
      });
}

}  // namespace winnow::evaluation

#include "services/evaluation/evaluation_service.h"

#include <set>
#include <string>
#include <vector>

#include "common/base/names.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "services/evaluation/gold.h"
#include "services/evaluation/predict.h"
#include "services/evaluation/request_check.h"

namespace winnow::evaluation {
namespace {

// Runs `work`, which returns StatusOr of the reply, and translates.
template <typename Response, typename Work>
grpc::Status Reply(Response* response, const Work& work) {
  absl::StatusOr<Response> result = work();
  if (!result.ok()) return rpc::ToGrpc(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

// A call whose deadline has passed counts as cancelled too.
IsCancelled CancellationOf(grpc::ServerContext* context) {
  return [context] { return context->IsCancelled(); };
}

}  // namespace

grpc::Status EvaluationServiceImpl::Predict(grpc::ServerContext* context,
                                            const v1::PredictRequest* request,
                                            v1::PredictResponse* response) {
  return Reply(response, [&] {
    return evaluation::Predict(models_, taggers_, *request, CancellationOf(context));
  });
}

grpc::Status EvaluationServiceImpl::PredictStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::PredictResponse, v1::PredictRequest>* stream) {
  v1::PredictRequest request;
  while (stream->Read(&request)) {
    const absl::StatusOr<v1::PredictResponse> response =
        evaluation::Predict(models_, taggers_, request, CancellationOf(context));
    if (!response.ok()) return rpc::ToGrpc(response.status());
    if (!stream->Write(*response)) return rpc::ToGrpc(absl::CancelledError("the caller went away"));
  }
  return grpc::Status::OK;
}

grpc::Status EvaluationServiceImpl::Evaluate(grpc::ServerContext*,
                                             const v1::EvaluateRequest* request,
                                             v1::EvaluateResponse* response) {
  return Reply(response, [&]() -> absl::StatusOr<v1::EvaluateResponse> {
    RequestCheck check;
    const Model model = check.FindModel(models_, "model", request->model());
    if (const absl::Status name = ValidateName("dataset", request->dataset()); !name.ok()) {
      check.Add("dataset", name.message());
    }
    if (model != nullptr) check.CheckLabels(request->labels(), *model);
    WINNOW_RETURN_IF_ERROR(check.ToStatus("cannot evaluate"));
    std::set<std::string> labels(request->labels().begin(), request->labels().end());
    if (labels.empty()) labels.insert(model->model->labels().begin(), model->model->labels().end());
    WINNOW_ASSIGN_OR_RETURN(const rpc::CorpusSnapshot snapshot, annotation_.TakeSnapshot());
    v1::EvaluateResponse result;
    WINNOW_ASSIGN_OR_RETURN(*result.mutable_figure(),
                            MeasureOnGold(*model, store_, snapshot.reader(), snapshot.revision(),
                                          request->dataset(), {labels.begin(), labels.end()}));
    return result;
  });
}

grpc::Status EvaluationServiceImpl::CreateComparison(grpc::ServerContext* context,
                                                     const v1::CreateComparisonRequest* request,
                                                     v1::Comparison* response) {
  return Reply(response, [&] { return comparisons_.Create(*request, CancellationOf(context)); });
}

grpc::Status EvaluationServiceImpl::GetComparison(grpc::ServerContext*,
                                                  const v1::GetComparisonRequest* request,
                                                  v1::Comparison* response) {
  return Reply(response, [&] { return comparisons_.Get(request->name()); });
}

}  // namespace winnow::evaluation

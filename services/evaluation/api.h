// The messages of winnow.evaluation.v1 and what the service works on, one from the other.
#pragma once

#include "absl/status/statusor.h"
#include "common/access/caller.h"
#include "services/evaluation/audit_estimates.h"
#include "services/evaluation/comparisons.h"
#include "services/evaluation/gold.h"
#include "services/evaluation/predict.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// The texts are views into the request.
PredictionRequest FromApi(const v1::PredictRequest& request);
// ResourceExhausted when it is larger than what every client takes (rpc::kMaxPageBytes).
absl::StatusOr<v1::PredictResponse> ToApi(const Predictions& predictions);

GoldRequest FromApi(const v1::EvaluateRequest& request);
// Fails as stats::MeasureF1.
absl::StatusOr<v1::EvaluateResponse> ToApi(const GoldFigure& figure);

v1::EstimateFromAuditResponse ToApi(const AuditEstimate& estimate);

// Holds the fields that the caller decides; the others are empty. InvalidArgument for what the
// record cannot tell from a default.
absl::StatusOr<storage::v1::ComparisonRun> FromApi(const v1::ComparisonSpec& spec);
v1::Comparison ToApi(const StandingComparison& comparison);
// Leaves an annotator, who may be judging, nothing but the verdict of a comparison that is running.
void HideFromJudges(const access::Caller& caller, v1::Comparison& comparison);

}  // namespace winnow::evaluation

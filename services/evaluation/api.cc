#include "services/evaluation/api.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/figures.h"
#include "common/rpc/page.h"
#include "common/stats/audit.h"
#include "common/stats/sequential.h"
#include "services/evaluation/make_comparison.h"
#include "winnow/evaluation/v1/evaluation.grpc.pb.h"

namespace winnow::evaluation {
namespace {

v1::ComparisonSpec SpecOf(const storage::v1::ComparisonRun& run) {
  v1::ComparisonSpec spec;
  spec.set_name(run.name());
  spec.set_model_a(run.model_a());
  spec.set_model_b(run.model_b());
  spec.set_source(run.source());
  spec.set_dataset(run.dataset());
  *spec.mutable_labels() = run.labels();
  spec.set_seed(run.seed());
  spec.set_max_judgements(run.max_judgements());
  return spec;
}

v1::ComparisonVerdict ToApi(stats::SequentialVerdict verdict) {
  switch (verdict) {
    case stats::SequentialVerdict::kRunning:
      return v1::COMPARISON_VERDICT_RUNNING;
    case stats::SequentialVerdict::kA:
      return v1::COMPARISON_VERDICT_A;
    case stats::SequentialVerdict::kB:
      return v1::COMPARISON_VERDICT_B;
    case stats::SequentialVerdict::kNoDifference:
      return v1::COMPARISON_VERDICT_NO_DIFFERENCE;
    case stats::SequentialVerdict::kUndecided:
      return v1::COMPARISON_VERDICT_UNDECIDED;
  }
  return v1::COMPARISON_VERDICT_UNSPECIFIED;
}

v1::ComparisonResult ToApi(const tournament::Verdict& verdict) {
  v1::ComparisonResult result;
  result.set_num_prefer_a(verdict.num_prefer_a);
  result.set_num_prefer_b(verdict.num_prefer_b);
  result.set_num_ties(verdict.num_ties);
  result.set_num_ignored(verdict.num_ignored);
  result.set_e_value(verdict.e_value);
  result.set_e_value_to_decide(1 / stats::SequentialOptions().alpha);
  if (verdict.preference_b.has_value())
    *result.mutable_preference_b() = rpc::ToApi(*verdict.preference_b);
  result.set_verdict(ToApi(verdict.outcome));
  result.set_reason(verdict.reason);
  return result;
}

// Tells how far the job that makes the comparison is, or why it made none.
void AddMaking(const storage::v1::Job& job, v1::Comparison& comparison) {
  if (job.state() == storage::v1::JOB_STATE_FAILED ||
      job.state() == storage::v1::JOB_STATE_CANCELLED) {
    comparison.set_state(v1::COMPARISON_STATE_FAILED);
    comparison.set_error(job.state() == storage::v1::JOB_STATE_FAILED ? job.error_message()
                                                                      : "it was cancelled");
    return;
  }
  comparison.set_state(job.progress().phase() == kAsking ? v1::COMPARISON_STATE_FILLING
                                                         : v1::COMPARISON_STATE_COMPARING);
  if (job.progress().total() == 0) return;
  comparison.set_num_done(job.progress().done());
  comparison.set_num_total(job.progress().total());
}

}  // namespace

PredictionRequest FromApi(const v1::PredictRequest& request) {
  PredictionRequest result;
  result.model = request.model();
  result.texts.assign(request.texts().begin(), request.texts().end());
  if (request.has_min_probability()) result.min_probability = request.min_probability();
  result.labels.assign(request.labels().begin(), request.labels().end());
  return result;
}

absl::StatusOr<v1::PredictResponse> ToApi(const Predictions& predictions) {
  v1::PredictResponse response;
  response.set_model_version(predictions.model->version.ToString());
  for (const std::vector<ner::ScoredSpan>& spans : predictions.texts) {
    v1::PredictResponse::Prediction& prediction = *response.add_predictions();
    for (const ner::ScoredSpan& span : spans) {
      winnow::common::v1::Span& item = *prediction.add_spans();
      item.set_start(span.start);
      item.set_end(span.end);
      item.set_label(predictions.model->model->labels()[span.label]);
      item.set_score(span.probability);
    }
  }
  if (response.ByteSizeLong() > rpc::kMaxPageBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the reply would have more than ", rpc::kMaxPageBytes,
                     " bytes; send fewer texts at a time, or raise min_probability"));
  }
  return response;
}

GoldRequest FromApi(const v1::EvaluateRequest& request) {
  return {request.model(), request.dataset(), {request.labels().begin(), request.labels().end()}};
}

absl::StatusOr<v1::EvaluateResponse> ToApi(const GoldFigure& gold) {
  v1::EvaluateResponse response;
  winnow::common::v1::Figure& figure = *response.mutable_figure();
  WINNOW_ASSIGN_OR_RETURN(figure, rpc::GoldFigure(gold.counts));
  figure.set_sample(winnow::common::v1::SAMPLE_KIND_GOLD);
  figure.add_datasets(gold.dataset);
  figure.set_model_version(gold.version);
  figure.set_dataset_revision(gold.revision);
  figure.set_num_leaked(gold.num_leaked);
  figure.set_num_ignored(gold.num_ignored);
  for (const std::string& caveat : gold.caveats) figure.add_caveats(caveat);
  return response;
}

v1::EstimateFromAuditResponse ToApi(const AuditEstimate& estimate) {
  v1::EstimateFromAuditResponse response;
  if (estimate.figure.has_value()) *response.mutable_figure() = rpc::ToApi(*estimate.figure);
  response.set_num_answers(estimate.num_answers);
  response.set_min_answers(stats::kMinAnswers);
  return response;
}

absl::StatusOr<storage::v1::ComparisonRun> FromApi(const v1::ComparisonSpec& spec) {
  if (spec.has_max_judgements() && spec.max_judgements() == 0) {
    Violations violations;
    violations.Add("spec.max_judgements", "must be at least 1");
    return violations.ToStatus("cannot compare");
  }
  storage::v1::ComparisonRun run;
  run.set_name(spec.name());
  run.set_model_a(spec.model_a());
  run.set_model_b(spec.model_b());
  run.set_source(spec.source());
  run.set_dataset(spec.dataset());
  *run.mutable_labels() = spec.labels();
  run.set_seed(spec.seed());
  run.set_max_judgements(spec.max_judgements());
  return run;
}

v1::Comparison ToApi(const StandingComparison& standing) {
  const storage::v1::ComparisonRun& run = standing.run;
  v1::Comparison comparison;
  if (!standing.problem.empty()) {
    comparison.mutable_spec()->set_name(run.name());
    comparison.set_problem(standing.problem);
    return comparison;
  }
  *comparison.mutable_spec() = SpecOf(run);
  comparison.set_version_a(run.version_a());
  comparison.set_version_b(run.version_b());
  *comparison.mutable_create_time() =
      rpc::ToTimestamp(absl::FromUnixMicros(run.create_unix_micros()));
  if (!run.filled()) {
    AddMaking(standing.job, comparison);
    return comparison;
  }
  comparison.set_state(v1::COMPARISON_STATE_READY);
  comparison.set_num_texts(run.num_texts());
  comparison.set_num_differing(run.num_differing());
  comparison.set_queue(run.queue());
  if (standing.verdict.has_value()) *comparison.mutable_result() = ToApi(*standing.verdict);
  return comparison;
}

void HideFromJudges(const access::Caller& caller, v1::Comparison& comparison) {
  if (access::SeesOthers(caller)) return;
  if (comparison.result().verdict() != v1::COMPARISON_VERDICT_RUNNING) return;
  comparison.clear_result();
  comparison.mutable_result()->set_verdict(v1::COMPARISON_VERDICT_RUNNING);
}

}  // namespace winnow::evaluation

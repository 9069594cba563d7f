#include "services/training/api.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/figures.h"
#include "common/rpc/handlers.h"
#include "common/rpc/methods.h"
#include "common/rpc/snapshot_client.h"
#include "services/training/training_progress.h"

namespace winnow::training {
namespace {

using winnow::common::v1::ErrorReason;

v1::TrainingSpec ToApi(const storage::v1::TrainingSpec& record) {
  v1::TrainingSpec spec;
  *spec.mutable_datasets() = record.datasets();
  spec.set_parent(record.parent());
  spec.set_output(record.output());
  *spec.mutable_labels() = record.labels();
  if (record.has_eval_split()) spec.set_eval_split(record.eval_split());
  *spec.mutable_eval_datasets() = record.eval_datasets();
  spec.set_seed(record.seed());
  spec.set_no_replay(record.no_replay());
  if (record.has_prior()) spec.set_prior(record.prior());
  if (record.has_epochs()) spec.set_epochs(record.epochs());
  spec.set_pool(record.pool());
  spec.set_reject_error(record.reject_error());
  spec.set_accept_error(record.accept_error());
  if (record.has_entity_share()) spec.set_entity_share(record.entity_share());
  if (record.has_bag()) spec.set_bag(record.bag());
  if (record.has_self_training()) spec.set_self_training(record.self_training());
  spec.set_judged_version(record.judged_version());
  spec.set_weigh_people(record.weigh_people());
  return spec;
}

v1::JobState ToApi(storage::v1::JobState state) {
  switch (state) {
    case storage::v1::JOB_STATE_QUEUED:
      return v1::JOB_STATE_QUEUED;
    case storage::v1::JOB_STATE_RUNNING:
      return v1::JOB_STATE_RUNNING;
    case storage::v1::JOB_STATE_SUCCEEDED:
      return v1::JOB_STATE_SUCCEEDED;
    case storage::v1::JOB_STATE_FAILED:
      return v1::JOB_STATE_FAILED;
    case storage::v1::JOB_STATE_CANCELLED:
      return v1::JOB_STATE_CANCELLED;
    case storage::v1::JOB_STATE_WAITING:
      return v1::JOB_STATE_WAITING;
    default:
      return v1::JOB_STATE_UNSPECIFIED;
  }
}

v1::TrainingPhase ToApiPhase(uint32_t phase) {
  switch (phase) {
    case storage::v1::TRAINING_PHASE_READING:
      return v1::TRAINING_PHASE_READING;
    case storage::v1::TRAINING_PHASE_LEARNING_WORDS:
      return v1::TRAINING_PHASE_LEARNING_WORDS;
    case storage::v1::TRAINING_PHASE_TRAINING:
      return v1::TRAINING_PHASE_TRAINING;
    case storage::v1::TRAINING_PHASE_CHOOSING_SETTINGS:
      return v1::TRAINING_PHASE_CHOOSING_SETTINGS;
    case storage::v1::TRAINING_PHASE_CALIBRATING:
      return v1::TRAINING_PHASE_CALIBRATING;
    case storage::v1::TRAINING_PHASE_EVALUATING:
      return v1::TRAINING_PHASE_EVALUATING;
    case storage::v1::TRAINING_PHASE_PUBLISHING:
      return v1::TRAINING_PHASE_PUBLISHING;
    default:
      return v1::TRAINING_PHASE_UNSPECIFIED;
  }
}

v1::TrainingProgress ToApi(const storage::v1::JobProgress& record) {
  v1::TrainingProgress progress;
  progress.set_phase(ToApiPhase(record.phase()));
  if (record.total() > 0) {
    progress.set_num_done(record.done());
    progress.set_num_total(record.total());
  }
  for (const storage::v1::JobFact& fact : record.facts()) {
    if (fact.name() == kLossFact) progress.set_loss(fact.value());
  }
  return progress;
}

v1::JobError ErrorOf(const storage::v1::Job& record) {
  v1::JobError error;
  error.set_code(static_cast<int32_t>(record.error_code()));
  ErrorReason reason;
  if (winnow::common::v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", record.error_reason()),
                                            &reason)) {
    error.set_reason(reason);
  }
  error.set_message(record.error_message());
  return error;
}

// Adds when the job was made, started and ended.
void AddTimes(const storage::v1::Job& record, v1::TrainingJob& job) {
  const auto time = [](int64_t micros) { return rpc::ToTimestamp(absl::FromUnixMicros(micros)); };
  *job.mutable_create_time() = time(record.create_unix_micros());
  if (record.start_unix_micros() > 0) *job.mutable_start_time() = time(record.start_unix_micros());
  if (record.end_unix_micros() > 0) *job.mutable_end_time() = time(record.end_unix_micros());
}

v1::SettingsReport ToApi(const storage::v1::SettingsReport& record) {
  v1::SettingsReport settings;
  settings.set_reason(record.reason());
  if (!record.trials().empty()) {
    settings.set_num_texts(record.num_texts());
    settings.set_num_spans(record.num_spans());
  }
  for (const storage::v1::SettingsTrial& from : record.trials()) {
    v1::SettingsTrial& trial = *settings.add_trials();
    trial.set_parent_share(from.parent_share());
    trial.set_prior(from.prior());
    trial.set_f1(from.f1());
    trial.set_delta_f1(from.delta_f1());
    trial.set_standard_error(from.standard_error());
    trial.set_chosen(from.chosen());
  }
  return settings;
}

v1::CalibrationReport ToApi(const storage::v1::CalibrationReport& record) {
  v1::CalibrationReport calibration;
  calibration.set_sample(rpc::ToApi(record.sample()));
  calibration.set_num_spans(record.num_spans());
  for (const storage::v1::ReliabilityBin& from : record.bins()) {
    v1::ReliabilityBin& bin = *calibration.add_bins();
    bin.set_num_spans(from.num_spans());
    bin.set_probability(from.probability());
    bin.set_frequency(from.frequency());
  }
  calibration.set_ece(record.ece());
  calibration.set_perfect_ece(record.perfect_ece());
  calibration.set_brier(record.brier());
  return calibration;
}

v1::GateVerdict ToApi(storage::v1::GateVerdict verdict) {
  switch (verdict) {
    case storage::v1::GATE_VERDICT_PROMOTE:
      return v1::GATE_VERDICT_PROMOTE;
    case storage::v1::GATE_VERDICT_REFUSE:
      return v1::GATE_VERDICT_REFUSE;
    case storage::v1::GATE_VERDICT_UNDECIDED:
      return v1::GATE_VERDICT_UNDECIDED;
    default:
      return v1::GATE_VERDICT_UNSPECIFIED;
  }
}

v1::GateMeasurement MeasurementOf(const storage::v1::GateReport& record) {
  v1::GateMeasurement measurement;
  measurement.set_delta_f1(record.delta_f1());
  measurement.set_standard_error(record.standard_error());
  measurement.set_lower(record.lower());
  measurement.set_upper(record.upper());
  measurement.set_sample(rpc::ToApi(record.sample()));
  measurement.set_num_spans(record.num_spans());
  measurement.set_num_changed_texts(record.num_changed_texts());
  if (record.num_more_spans() > 0) measurement.set_num_more_spans(record.num_more_spans());
  measurement.set_num_earlier_tries(record.num_earlier_tries());
  return measurement;
}

v1::GateReport ToApi(const storage::v1::GateReport& record) {
  v1::GateReport gate;
  gate.set_verdict(ToApi(record.verdict()));
  gate.set_reason(record.reason());
  if (record.sample() != storage::v1::SAMPLE_KIND_UNSPECIFIED)
    *gate.mutable_measurement() = MeasurementOf(record);
  gate.set_promoted(record.promoted());
  gate.set_compared_with(record.compared_with());
  return gate;
}

// Counts what went in and what was left out.
void AddCounts(const storage::v1::TrainingReport& record, v1::TrainingReport& report) {
  report.set_num_texts(record.num_texts());
  report.set_num_complete_texts(record.num_complete_texts());
  report.set_num_accepted(record.num_accepted());
  report.set_num_rejected(record.num_rejected());
  report.set_num_replayed(record.num_replayed());
  report.set_num_ignored(record.num_ignored());
  report.set_num_holdout_texts(record.num_holdout_texts());
  report.set_num_eval_texts(record.num_eval_texts());
  report.set_num_off_token_spans(record.num_off_token_spans());
  report.set_num_overlapping_spans(record.num_overlapping_spans());
  report.set_num_contradictions(record.num_contradictions());
}

}  // namespace

storage::v1::TrainingSpec SpecOf(const v1::TrainingSpec& spec) {
  storage::v1::TrainingSpec record;
  *record.mutable_datasets() = spec.datasets();
  record.set_parent(spec.parent());
  record.set_output(spec.output());
  *record.mutable_labels() = spec.labels();
  if (spec.has_eval_split()) record.set_eval_split(spec.eval_split());
  *record.mutable_eval_datasets() = spec.eval_datasets();
  record.set_seed(spec.seed());
  record.set_no_replay(spec.no_replay());
  if (spec.has_prior()) record.set_prior(spec.prior());
  if (spec.has_epochs()) record.set_epochs(spec.epochs());
  record.set_pool(spec.pool());
  record.set_reject_error(spec.reject_error());
  record.set_accept_error(spec.accept_error());
  if (spec.has_entity_share()) record.set_entity_share(spec.entity_share());
  if (spec.has_bag()) record.set_bag(spec.bag());
  if (spec.has_self_training()) record.set_self_training(spec.self_training());
  record.set_judged_version(spec.judged_version());
  record.set_weigh_people(spec.weigh_people());
  return record;
}

storage::v1::TrainingFiles FilesOf(const v1::TrainingSpec& spec) {
  storage::v1::TrainingFiles files;
  files.set_patterns(spec.patterns());
  files.set_lexicon(spec.lexicon());
  *files.mutable_more_lexicons() = spec.more_lexicons();
  return files;
}

v1::TrainingReport ToApi(const storage::v1::TrainingReport& record) {
  v1::TrainingReport report;
  report.set_model_version(record.model_version());
  report.set_parent_version(record.parent_version());
  AddCounts(record, report);
  for (const storage::v1::Figure& figure : record.before())
    *report.add_before() = rpc::ToApi(figure);
  for (const storage::v1::Figure& figure : record.after()) *report.add_after() = rpc::ToApi(figure);
  for (const storage::v1::Figure& figure : record.parent())
    *report.add_parent() = rpc::ToApi(figure);
  if (record.has_gate()) *report.mutable_gate() = ToApi(record.gate());
  report.set_temperature(record.temperature());
  *report.mutable_thresholds() = record.thresholds();
  if (record.num_pool_texts() > 0) {
    report.set_num_pool_texts(record.num_pool_texts());
    *report.mutable_pool_duration() = rpc::ToDuration(absl::Seconds(record.pool_seconds()));
  }
  if (record.train_seconds() > 0)
    *report.mutable_train_duration() = rpc::ToDuration(absl::Seconds(record.train_seconds()));
  *report.mutable_caveats() = record.caveats();
  report.set_dataset_revision(record.dataset_revision());
  if (record.has_calibration()) *report.mutable_calibration() = ToApi(record.calibration());
  if (record.has_settings()) *report.mutable_settings() = ToApi(record.settings());
  report.set_bag(record.bag());
  report.set_num_self_taught(record.num_self_taught());
  for (const storage::v1::PersonErrors& from : record.people()) {
    v1::PersonErrors& person = *report.add_people();
    person.set_person(from.person());
    person.set_reject_error(from.reject_error());
    person.set_accept_error(from.accept_error());
    person.set_num_right_checks(from.num_right_checks());
    person.set_num_wrong_checks(from.num_wrong_checks());
    person.set_num_shared_questions(from.num_shared_questions());
  }
  return report;
}

v1::TrainingJob ToApi(const storage::v1::Job& record) {
  storage::v1::TrainingSpec spec;
  storage::v1::TrainingReport report;
  if (!spec.ParseFromString(record.payload()) || !report.ParseFromString(record.result())) {
    storage::v1::Job damaged = record;
    damaged.clear_payload();
    damaged.clear_result();
    damaged.set_state(storage::v1::JOB_STATE_FAILED);
    damaged.set_error_code(static_cast<uint32_t>(absl::StatusCode::kDataLoss));
    damaged.set_error_message("the stored record of this job is damaged");
    return ToApi(damaged);
  }
  v1::TrainingJob job;
  job.set_id(record.id());
  *job.mutable_spec() = ToApi(spec);
  job.set_state(ToApi(record.state()));
  if (record.has_progress()) *job.mutable_progress() = ToApi(record.progress());
  if (record.state() == storage::v1::JOB_STATE_FAILED ||
      record.state() == storage::v1::JOB_STATE_WAITING) {
    *job.mutable_error() = ErrorOf(record);
  }
  if (record.state() == storage::v1::JOB_STATE_SUCCEEDED) *job.mutable_report() = ToApi(report);
  AddTimes(record, job);
  job.set_cancel_requested(record.cancel_requested());
  job.set_request_id(record.request_id());
  job.set_spec_digest(absl::BytesToHexString(record.body_digest()));
  return job;
}

absl::Status AddPart(const v1::ImportModelRequest& part, ModelUpload& upload) {
  if (part.has_header()) {
    WINNOW_RETURN_IF_ERROR(
        rpc::CheckRequest(rpc::kUuid, part.header(), part.header().request_id()));
    return upload.SetModel(part.header().model());
  }
  if (part.has_file()) return upload.BeginFile(part.file().name(), part.file().size_bytes());
  return upload.AddChunk(part.chunk());
}

absl::StatusOr<CorpusView> TakeSnapshot(annotation::v1::SnapshotService::StubInterface& annotation,
                                        const std::filesystem::path& corpus_root) {
  WINNOW_ASSIGN_OR_RETURN(rpc::CorpusSnapshot taken,
                          rpc::CorpusSnapshot::Take(annotation, corpus_root));
  const auto snapshot = std::make_shared<const rpc::CorpusSnapshot>(std::move(taken));
  return CorpusView{&snapshot->reader(), snapshot->revision(), snapshot->database_id(), snapshot};
}

}  // namespace winnow::training

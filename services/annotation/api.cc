#include "services/annotation/api.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/formats/prodigy.h"
#include "common/rpc/convert.h"
#include "common/rpc/methods.h"
#include "common/rpc/request_key.h"
#include "common/tasks/kinds.h"

namespace winnow::annotation {
namespace {

constexpr uint32_t kMaxLeasedTasks = 100;

using storage::v1::Answer;
using storage::v1::Comparison;

google::protobuf::Timestamp ToTimestamp(int64_t unix_micros) {
  return rpc::ToTimestamp(absl::FromUnixMicros(unix_micros));
}

v1::NoTaskReason ToApi(tasks::NoTask reason) {
  switch (reason) {
    case tasks::NoTask::kAllLeased:
      return v1::NO_TASK_REASON_ALL_LEASED;
    case tasks::NoTask::kAllExcluded:
      return v1::NO_TASK_REASON_ALL_EXCLUDED;
    case tasks::NoTask::kSearching:
      return v1::NO_TASK_REASON_SEARCHING;
    case tasks::NoTask::kPaused:
      return v1::NO_TASK_REASON_PAUSED;
    case tasks::NoTask::kQuota:
      return v1::NO_TASK_REASON_QUOTA;
    case tasks::NoTask::kNone:
    case tasks::NoTask::kExhausted:
      break;
  }
  return v1::NO_TASK_REASON_EXHAUSTED;
}

void AddSpans(const google::protobuf::RepeatedPtrField<storage::v1::Span>& spans,
              google::protobuf::RepeatedPtrField<winnow::common::v1::Span>& result) {
  for (const storage::v1::Span& span : spans) *result.Add() = rpc::ToApi(span);
}

// Blinded: the two sides in the order in which they are shown.
v1::BlindComparison Blind(const Comparison& comparison) {
  v1::BlindComparison blind;
  const bool a_second = comparison.a_shown_second();
  AddSpans(a_second ? comparison.spans_b() : comparison.spans_a(), *blind.mutable_first());
  AddSpans(a_second ? comparison.spans_a() : comparison.spans_b(), *blind.mutable_second());
  return blind;
}

v1::Review ToApi(const storage::v1::Review& review) {
  v1::Review result;
  result.set_coverage(static_cast<v1::Coverage>(review.coverage()));
  *result.mutable_labels() = review.labels();
  if (review.has_span()) *result.mutable_span() = rpc::ToApi(review.span());
  for (const storage::v1::Review::Version& version : review.versions()) {
    v1::Review::Version& shown = *result.add_versions();
    shown.set_verdict(rpc::ToApi(version.verdict()));
    AddSpans(version.spans(), *shown.mutable_spans());
    shown.set_num_people(version.num_people());
    if (review.hide_names()) continue;
    for (const storage::v1::Review::Said& said : version.said()) {
      v1::Review::Said& by = *shown.add_said();
      by.set_dataset(said.dataset());
      by.set_revision(said.revision());
      by.set_annotator(said.annotator());
    }
  }
  return result;
}

v1::Comparison ToApi(const Comparison& comparison) {
  v1::Comparison result;
  result.set_model_a(comparison.model_a());
  result.set_model_b(comparison.model_b());
  AddSpans(comparison.spans_a(), *result.mutable_spans_a());
  AddSpans(comparison.spans_b(), *result.mutable_spans_b());
  result.set_b_shown_first(comparison.a_shown_second());
  result.set_preference(static_cast<winnow::common::v1::Preference>(comparison.preference()));
  return result;
}

tasks::Choice FromApi(v1::Choice choice) {
  switch (choice) {
    case v1::CHOICE_FIRST:
      return tasks::Choice::kFirst;
    case v1::CHOICE_SECOND:
      return tasks::Choice::kSecond;
    case v1::CHOICE_TIE:
      return tasks::Choice::kTie;
    default:
      return tasks::Choice::kNone;
  }
}

}  // namespace

storage::v1::TaskKind ToRecord(v1::TaskKind kind) {
  const auto number = static_cast<int>(kind);
  return storage::v1::TaskKind_IsValid(number) ? static_cast<storage::v1::TaskKind>(number)
                                               : storage::v1::TASK_KIND_UNSPECIFIED;
}

v1::TaskKind ToApi(storage::v1::TaskKind kind) {
  const auto number = static_cast<int>(kind);
  return v1::TaskKind_IsValid(number) ? static_cast<v1::TaskKind>(number)
                                      : v1::TASK_KIND_UNSPECIFIED;
}

v1::Task ToApi(const tasks::LeasedTask& leased, absl::string_view queue) {
  const storage::v1::Task& task = leased.lease.task();
  v1::Task result;
  result.set_task_id(corpus::IdToHex(task.id()));
  result.set_example_id(corpus::IdToHex(task.example_id()));
  result.set_queue(std::string(queue));
  result.set_kind(ToApi(task.kind()));
  result.set_text(leased.example.text());
  result.set_fields_json(leased.fields_json);
  result.set_meta_json(formats::MetaOf(leased.fields_json));
  if (task.has_question()) {
    winnow::common::v1::Span& span = *result.mutable_question()->mutable_span();
    span = rpc::ToApi(task.question().span());
    if (task.question().has_score()) span.set_score(task.question().score());
  }
  if (task.has_comparison()) *result.mutable_comparison() = Blind(task.comparison());
  if (task.has_markup()) {
    *result.mutable_markup()->mutable_labels() = task.markup().labels();
    AddSpans(task.markup().spans(), *result.mutable_markup()->mutable_spans());
  }
  if (task.has_review()) *result.mutable_review() = ToApi(task.review());
  result.set_strategy(task.selection().strategy());
  result.set_model_version(task.selection().model_version());
  result.set_learner_step(task.selection().learner_step());
  result.set_fencing_token(leased.lease.token());
  *result.mutable_lease_expire_time() = ToTimestamp(leased.lease.expires_unix_micros());
  result.set_view_start(task.view().start());
  result.set_view_end(task.view().end());
  return result;
}

v1::NoTask ToApi(const tasks::Emptiness& emptiness) {
  v1::NoTask result;
  result.set_reason(ToApi(emptiness.reason));
  result.set_message(emptiness.message);
  if (emptiness.retry_at < absl::InfiniteFuture())
    *result.mutable_retry_time() = rpc::ToTimestamp(emptiness.retry_at);
  return result;
}

absl::StatusOr<tasks::GivenAnswer> FromApi(const v1::NewAnswer& answer, absl::string_view queue,
                                           absl::string_view annotator, const std::string& where) {
  Violations violations;
  const absl::StatusOr<std::string> id = corpus::IdFromHex(answer.task_id());
  if (!id.ok()) violations.Add(absl::StrCat(where, ".task_id"), id.status().message());
  if (const absl::Status uuid = rpc::CheckRequestId(answer.answer_id()); !uuid.ok())
    violations.Add(absl::StrCat(where, ".answer_id"), uuid.message());
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot submit"));

  v1::NewAnswer body = answer;
  body.clear_answer_id();
  // Who sends an answer again may have measured the time again.
  body.clear_took();
  tasks::GivenAnswer given;
  given.key =
      rpc::MakeRequestKey("Annotation.SubmitAnswers", answer.answer_id(), body.SerializeAsString());
  // Ids are each person's own in each queue.
  given.key.caller = std::string(annotator);
  absl::StrAppend(&given.key.method, "/", queue);
  given.task = corpus::Id(*id);
  given.token = answer.fencing_token();
  given.judgement.verdict = static_cast<storage::v1::Verdict>(answer.verdict());
  given.judgement.choice = FromApi(answer.choice());
  for (const auto& span : answer.spans()) given.judgement.spans.push_back(rpc::ToRecord(span));
  given.judgement.took = rpc::FromDuration(answer.took());
  return given;
}

v1::SubmitAnswersResponse::Result ToApi(const absl::StatusOr<storage::v1::StoredAnswer>& answer) {
  v1::SubmitAnswersResponse::Result result;
  if (answer.ok()) {
    result.mutable_stored()->set_revision(answer->revision());
    result.mutable_stored()->set_late(answer->late());
    result.mutable_stored()->set_surplus(answer->surplus());
    return result;
  }
  *result.mutable_error() = ToApiError(answer.status());
  return result;
}

v1::SubmitAnswersResponse::Error ToApiError(const absl::Status& status) {
  v1::SubmitAnswersResponse::Error error;
  error.set_code(static_cast<int>(status.code()));
  winnow::common::v1::ErrorReason reason;
  if (winnow::common::v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", ReasonOf(status)),
                                            &reason))
    error.set_reason(reason);
  error.set_message(std::string(status.message()));
  return error;
}

v1::UndoAnswerResponse ToApi(const tasks::Queue::Undone& undone, absl::string_view queue) {
  v1::UndoAnswerResponse result;
  result.set_undone_revision(undone.revision);
  *result.mutable_task() = ToApi(undone.task, queue);
  return result;
}

tasks::HeldTask FromApi(const v1::ReleaseTasksRequest::LeasedTask& task, const std::string& where,
                        Violations& violations) {
  const absl::StatusOr<std::string> id = corpus::IdFromHex(task.task_id());
  if (id.ok()) return {corpus::Id(*id), task.fencing_token()};
  violations.Add(absl::StrCat(where, ".task_id"), id.status().message());
  return {};
}

void CheckLeaseTime(absl::string_view field, absl::Duration ttl, Violations& violations) {
  if (ttl <= absl::ZeroDuration() || ttl > tasks::kMaxLease)
    violations.Add(field, "must be above 0 and at most 24 hours");
}

void CheckNumTasks(absl::string_view field, uint32_t num_tasks, Violations& violations) {
  if (num_tasks == 0 || num_tasks > kMaxLeasedTasks)
    violations.Add(field, absl::StrCat("must be 1 to ", kMaxLeasedTasks, ", not ", num_tasks));
}

v1::Answer ToApi(const Answer& answer, absl::string_view text) {
  v1::Answer result;
  result.set_revision(answer.revision());
  result.set_example_id(corpus::IdToHex(answer.example_id()));
  result.set_task_id(corpus::IdToHex(answer.task_id()));
  result.set_kind(ToApi(answer.kind()));
  result.set_text(std::string(text));
  result.set_verdict(rpc::ToApi(answer.verdict()));
  for (const storage::v1::Decision& decision : answer.decisions()) {
    v1::SpanJudgement& judgement = *result.add_judgements();
    *judgement.mutable_span() = rpc::ToApi(decision.span());
    if (decision.has_score()) judgement.mutable_span()->set_score(decision.score());
    judgement.set_verdict(rpc::ToApi(decision.verdict()));
  }
  result.set_coverage(static_cast<v1::Coverage>(answer.coverage()));
  *result.mutable_complete_labels() = answer.complete_labels();
  if (answer.has_comparison()) *result.mutable_comparison() = ToApi(answer.comparison());
  result.set_annotator(answer.annotator());
  *result.mutable_answer_time() = ToTimestamp(answer.answered_unix_micros());
  if (answer.took_micros() > 0)
    *result.mutable_took() = rpc::ToDuration(absl::Microseconds(answer.took_micros()));
  result.set_model_version(answer.selection().model_version());
  result.set_queue(answer.queue());
  result.set_strategy(answer.selection().strategy());
  result.set_late(answer.late());
  result.set_surplus(answer.surplus());
  if (answer.has_check()) {
    result.mutable_check()->set_own_revision(answer.check().own_revision());
    result.mutable_check()->set_gold_dataset(answer.check().gold_dataset());
    result.mutable_check()->set_agreed(answer.check().agreed());
  }
  *result.mutable_decided_revisions() = answer.decides();
  return result;
}

v1::Undo ToApi(const storage::v1::Undo& undo) {
  v1::Undo result;
  result.set_revision(undo.revision());
  result.set_undone_revision(undo.undoes());
  result.set_annotator(undo.annotator());
  *result.mutable_undo_time() = ToTimestamp(undo.undone_unix_micros());
  return result;
}

storage::v1::Task ToRecord(const v1::ComparisonTask& given) {
  storage::v1::Task task;
  task.set_kind(storage::v1::TASK_KIND_COMPARE);
  task.mutable_selection()->set_strategy("comparison");
  Comparison& comparison = *task.mutable_comparison();
  comparison.set_model_a(given.comparison().model_a());
  comparison.set_model_b(given.comparison().model_b());
  comparison.set_a_shown_second(given.comparison().b_shown_first());
  for (const auto& span : given.comparison().spans_a())
    *comparison.add_spans_a() = rpc::ToRecord(span);
  for (const auto& span : given.comparison().spans_b())
    *comparison.add_spans_b() = rpc::ToRecord(span);
  task.set_example_id(corpus::ExampleIdOf(given.text()));
  task.set_id(corpus::ComparisonTaskIdOf(
      task.example_id(), {comparison.spans_a().begin(), comparison.spans_a().end()},
      {comparison.spans_b().begin(), comparison.spans_b().end()}));
  return task;
}

v1::Dataset ToApi(const storage::v1::Dataset& dataset) {
  v1::Dataset result;
  result.set_name(dataset.name());
  *result.mutable_create_time() = ToTimestamp(dataset.created_unix_micros());
  result.set_num_answers(dataset.num_answers());
  result.set_num_accepted(dataset.num_accepted());
  result.set_num_rejected(dataset.num_rejected());
  result.set_num_ignored(dataset.num_ignored());
  result.set_num_texts(dataset.num_texts());
  for (const auto& count : dataset.labels()) result.add_labels(count.label());
  result.set_revision(dataset.last_revision());
  return result;
}

v1::Source ToApi(const storage::v1::Source& source) {
  v1::Source result;
  result.set_name(source.name());
  *result.mutable_create_time() = ToTimestamp(source.created_unix_micros());
  result.set_num_examples(source.num_examples());
  result.set_revision(source.revision());
  return result;
}

v1::ImportDatasetResponse ToApi(const storage::v1::DatasetImport& import,
                                absl::string_view dataset) {
  v1::ImportDatasetResponse result;
  result.set_dataset(std::string(dataset));
  result.set_num_rows(import.num_rows());
  result.set_num_accepted(import.num_accepted());
  result.set_num_rejected(import.num_rejected());
  result.set_num_ignored(import.num_ignored());
  result.set_coverage(static_cast<v1::Coverage>(import.coverage()));
  result.set_coverage_reason(import.coverage_reason());
  result.set_num_overlapping_rows(import.num_overlapping_rows());
  result.set_num_off_token_spans(import.num_off_token_spans());
  *result.mutable_off_token_spans() = import.off_token_spans();
  result.set_revision(import.revision());
  result.set_format(import.format());
  result.set_num_rejected_rows(import.num_rejected_rows());
  result.set_num_ignored_rows(import.num_ignored_rows());
  result.set_num_left_out_rows(import.num_left_out_rows());
  result.set_num_trimmed_spans(import.num_trimmed_spans());
  result.set_num_repeated_spans(import.num_repeated_spans());
  return result;
}

v1::EraseTextsResponse ToApi(const corpus::ErasedTexts& erased, uint64_t num_snapshots) {
  v1::EraseTextsResponse result;
  result.set_num_texts(erased.num_texts);
  result.set_num_answers(erased.num_answers);
  result.set_num_source_rows(erased.num_source_rows);
  result.set_num_tasks(erased.num_tasks);
  result.set_num_snapshots(num_snapshots);
  return result;
}

v1::ImportSourceResponse ToApi(const storage::v1::SourceImport& import) {
  v1::ImportSourceResponse result;
  *result.mutable_source() = ToApi(import.source());
  result.set_num_added(import.num_added());
  result.set_num_duplicates(import.num_duplicates());
  return result;
}

v1::Snapshot ToApi(const storage::v1::SnapshotLease& lease, absl::string_view database_id) {
  v1::Snapshot snapshot;
  snapshot.set_id(lease.id());
  snapshot.set_path(lease.path());
  snapshot.set_revision(lease.revision());
  snapshot.set_database_id(std::string(database_id));
  *snapshot.mutable_expire_time() = ToTimestamp(lease.expires_unix_micros());
  return snapshot;
}

}  // namespace winnow::annotation

#include "services/evaluation/annotation_service_client.h"

#include <map>
#include <utility>

#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/client.h"
#include "common/rpc/convert.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"

namespace winnow::evaluation {
namespace {

// Bounds of one message: in items, and in bytes well below rpc::kMaxMessageBytes.
constexpr size_t kMaxTasksPerCall = 500;
constexpr size_t kMaxBytesPerCall = size_t{4} << 20;
// Answers come with their texts, of up to 1 MiB each.
constexpr uint32_t kAnswersPerPage = 50;

using Stub = annotation::v1::AnnotationService::StubInterface;

annotation::v1::ComparisonTask ToApi(ComparisonQuestion question) {
  annotation::v1::ComparisonTask task;
  task.set_text(std::move(question.text));
  annotation::v1::Comparison& comparison = *task.mutable_comparison();
  comparison.set_model_a(question.outputs.model_a());
  comparison.set_model_b(question.outputs.model_b());
  for (const storage::v1::Span& span : question.outputs.spans_a())
    *comparison.add_spans_a() = rpc::ToApi(span);
  for (const storage::v1::Span& span : question.outputs.spans_b())
    *comparison.add_spans_b() = rpc::ToApi(span);
  comparison.set_b_shown_first(question.outputs.a_shown_second());
  return task;
}

storage::v1::Preference ToRecord(winnow::common::v1::Preference preference) {
  switch (preference) {
    case winnow::common::v1::PREFERENCE_A:
      return storage::v1::PREFERENCE_A;
    case winnow::common::v1::PREFERENCE_B:
      return storage::v1::PREFERENCE_B;
    case winnow::common::v1::PREFERENCE_TIE:
      return storage::v1::PREFERENCE_TIE;
    default:
      return storage::v1::PREFERENCE_UNSPECIFIED;
  }
}

storage::v1::Verdict ToRecord(winnow::common::v1::Verdict verdict) {
  switch (verdict) {
    case winnow::common::v1::VERDICT_ACCEPT:
      return storage::v1::VERDICT_ACCEPT;
    case winnow::common::v1::VERDICT_REJECT:
      return storage::v1::VERDICT_REJECT;
    case winnow::common::v1::VERDICT_IGNORE:
      return storage::v1::VERDICT_IGNORE;
    default:
      return storage::v1::VERDICT_UNSPECIFIED;
  }
}

absl::StatusOr<storage::v1::Answer> ToRecord(const annotation::v1::Answer& answer) {
  storage::v1::Answer record;
  record.set_revision(answer.revision());
  WINNOW_ASSIGN_OR_RETURN(*record.mutable_task_id(), corpus::IdFromHex(answer.task_id()));
  record.set_verdict(ToRecord(answer.verdict()));
  record.set_queue(answer.queue());
  record.mutable_comparison()->set_preference(ToRecord(answer.comparison().preference()));
  return record;
}

}  // namespace

absl::StatusOr<rpc::CorpusSnapshot> AnnotationServiceClient::TakeSnapshot() const {
  return rpc::CorpusSnapshot::Take(snapshots_, corpus_root_, {}, client_);
}

absl::Status AnnotationServiceClient::CreateComparisonQueue(const std::string& name,
                                                            const std::string& dataset,
                                                            const std::string& source) const {
  annotation::v1::CreateQueueRequest request;
  request.set_request_id(rpc::NewRequestId());
  request.mutable_spec()->set_name(name);
  request.mutable_spec()->set_kind(annotation::v1::TASK_KIND_COMPARE);
  request.mutable_spec()->set_dataset(dataset);
  request.mutable_spec()->set_source(source);
  return client_.Call(stub_, &Stub::CreateQueue, request).status();
}

absl::Status AnnotationServiceClient::AddComparisons(
    const std::string& queue, size_t count,
    absl::FunctionRef<absl::StatusOr<ComparisonQuestion>(size_t index)> question) const {
  size_t next = 0;
  while (next < count) {
    annotation::v1::AddComparisonsRequest request;
    request.set_request_id(rpc::NewRequestId());
    request.set_queue(queue);
    size_t bytes = 0;
    while (next < count && static_cast<size_t>(request.tasks_size()) < kMaxTasksPerCall &&
           bytes < kMaxBytesPerCall) {
      WINNOW_ASSIGN_OR_RETURN(ComparisonQuestion asked, question(next++));
      *request.add_tasks() = ToApi(std::move(asked));
      bytes += request.tasks().rbegin()->ByteSizeLong();
    }
    WINNOW_RETURN_IF_ERROR(client_.Call(stub_, &Stub::AddComparisons, request).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<storage::v1::Answer>> AnnotationServiceClient::ListStandingAnswers(
    const std::string& dataset, uint64_t after_revision) const {
  std::map<uint64_t, storage::v1::Answer> standing;
  annotation::v1::ListAnswersRequest request;
  request.set_dataset(dataset);
  request.set_after_revision(after_revision);
  request.set_page_size(kAnswersPerPage);
  while (true) {
    const absl::StatusOr<annotation::v1::ListAnswersResponse> page =
        client_.Call(stub_, &Stub::ListAnswers, request);
    if (absl::IsNotFound(page.status())) break;
    WINNOW_RETURN_IF_ERROR(page.status());
    for (const annotation::v1::LogEntry& entry : page->entries()) {
      if (entry.has_undo()) {
        request.set_after_revision(entry.undo().revision());
        standing.erase(entry.undo().undone_revision());
        continue;
      }
      request.set_after_revision(entry.answer().revision());
      if (entry.answer().surplus()) continue;
      WINNOW_ASSIGN_OR_RETURN(standing[entry.answer().revision()], ToRecord(entry.answer()));
    }
    if (!page->has_more() || page->entries().empty()) break;
  }

  std::vector<storage::v1::Answer> answers;
  for (auto& [revision, answer] : standing) answers.push_back(std::move(answer));
  return answers;
}

}  // namespace winnow::evaluation

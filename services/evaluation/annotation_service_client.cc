#include "services/evaluation/annotation_service_client.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "grpcpp/client_context.h"

namespace winnow::evaluation {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(1);
// Bounds of one message: in items, and in bytes well below rpc::kMaxMessageBytes.
constexpr size_t kMaxTasksPerCall = 500;
constexpr size_t kMaxBytesPerCall = size_t{16} << 20;
// Answers come with their texts, of up to 1 MiB each.
constexpr uint32_t kAnswersPerPage = 50;

class Context : public grpc::ClientContext {
 public:
  Context() { set_deadline(absl::ToChronoTime(absl::Now() + kTimeout)); }
};

}  // namespace

absl::StatusOr<rpc::CorpusSnapshot> AnnotationClient::TakeSnapshot() const {
  return rpc::CorpusSnapshot::Take(stub_, corpus_root_);
}

absl::Status AnnotationClient::CreateQueue(const annotation::v1::QueueSpec& spec) const {
  Context context;
  annotation::v1::CreateQueueRequest request;
  *request.mutable_spec() = spec;
  annotation::v1::Queue queue;
  return rpc::FromGrpc(stub_.CreateQueue(&context, request, &queue));
}

absl::Status AnnotationClient::AddComparisons(
    const std::string& queue, absl::Span<const annotation::v1::ComparisonTask> tasks) const {
  size_t next = 0;
  while (next < tasks.size()) {
    annotation::v1::AddComparisonsRequest request;
    request.set_queue(queue);
    size_t bytes = 0;
    while (next < tasks.size() && static_cast<size_t>(request.tasks_size()) < kMaxTasksPerCall &&
           bytes < kMaxBytesPerCall) {
      bytes += tasks[next].ByteSizeLong();
      *request.add_tasks() = tasks[next++];
    }
    Context context;
    annotation::v1::AddComparisonsResponse response;
    WINNOW_RETURN_IF_ERROR(rpc::FromGrpc(stub_.AddComparisons(&context, request, &response)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<annotation::v1::Answer>> AnnotationClient::ListAnswers(
    const std::string& dataset, uint64_t after_revision) const {
  std::vector<annotation::v1::Answer> answers;
  annotation::v1::ListAnswersRequest request;
  request.set_dataset(dataset);
  request.set_after_revision(after_revision);
  request.set_page_size(kAnswersPerPage);
  while (true) {
    Context context;
    annotation::v1::ListAnswersResponse page;
    const absl::Status listed = rpc::FromGrpc(stub_.ListAnswers(&context, request, &page));
    if (absl::IsNotFound(listed)) return answers;
    WINNOW_RETURN_IF_ERROR(listed);
    for (annotation::v1::Answer& answer : *page.mutable_answers())
      answers.push_back(std::move(answer));
    if (!page.more() || page.answers().empty()) return answers;
    request.set_after_revision(answers.back().revision());
  }
}

}  // namespace winnow::evaluation

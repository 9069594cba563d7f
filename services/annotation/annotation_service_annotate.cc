#include "services/annotation/annotation_service_annotate.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/convert.h"
#include "common/rpc/request_key.h"
#include "services/annotation/api.h"

namespace winnow::annotation {
namespace {

constexpr uint32_t kDefaultTasksAhead = 5;

absl::Status NotFirst() {
  return absl::InvalidArgumentError("the first message of the stream, and no other, must be start");
}

}  // namespace

void AnnotateStream::Take(const v1::AnnotateRequest& request) {
  const bool is_start = request.request_case() == v1::AnnotateRequest::kStart;
  absl::Status status;
  if (is_start == (ahead_ != nullptr)) {
    status = NotFirst();
  } else if (is_start) {
    status = Start(request.start());
  } else if (request.has_answer()) {
    Answer(request.answer());
  } else if (request.has_undo()) {
    Undo(request.undo());
  } else if (request.has_release()) {
    status = Release(request.release());
  } else {
    status = absl::InvalidArgumentError("a message of the stream is empty");
  }
  if (!status.ok()) Close(status);
}

void AnnotateStream::TakeEnd() { Close(ahead_ == nullptr ? NotFirst() : absl::OkStatus()); }

void AnnotateStream::CleanUp(std::function<void()> done) {
  std::shared_ptr<tasks::TasksAhead> ahead;
  {
    MutexLock lock(mutex_);
    ahead = ahead_;
  }
  if (ahead == nullptr) return done();
  ahead->End(std::move(done));
}

absl::StatusOr<tasks::AheadRequest> AnnotateStream::Check(const v1::AnnotateRequest::Start& start) {
  MutexLock lock(mutex_);
  if (IsClosing()) return absl::CancelledError("the stream has ended");
  WINNOW_RETURN_IF_ERROR(call().AdmitRequest(start));
  tasks::AheadRequest request;
  request.queue = start.queue();
  caller_ = call().caller();
  WINNOW_ASSIGN_OR_RETURN(request.annotator, rpc::AnnotatorOf(start, caller_));
  request.num_tasks = start.has_num_tasks_ahead() ? start.num_tasks_ahead() : kDefaultTasksAhead;
  request.ttl = LeaseTimeOf(start);
  Violations violations;
  CheckNumTasks("start.num_tasks_ahead", request.num_tasks, violations);
  CheckLeaseTime("start.ttl", request.ttl, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot begin"));
  return request;
}

absl::Status AnnotateStream::Start(const v1::AnnotateRequest::Start& start) {
  start_ = start;
  WINNOW_ASSIGN_OR_RETURN(tasks::AheadRequest request, Check(start_));
  annotator_ = request.annotator;
  // Weak, or each would keep the other.
  const auto hand = [weak = std::weak_ptr<AnnotateStream>(Self())](
                        const absl::StatusOr<tasks::LeaseReply>& reply) {
    if (const std::shared_ptr<AnnotateStream> self = weak.lock()) self->Hand(reply);
  };
  auto ahead = tasks::TasksAhead::Make(workplace_, std::move(request), hand);
  {
    MutexLock lock(mutex_);
    if (IsClosing()) return absl::OkStatus();
    ahead_ = ahead;
  }
  ahead->Start();
  ReadOn();
  return absl::OkStatus();
}

void AnnotateStream::Hand(const absl::StatusOr<tasks::LeaseReply>& reply) {
  if (!reply.ok()) return Close(reply.status());
  for (const tasks::LeasedTask& task : reply->tasks) {
    const absl::Status may_see = CheckMaySee(caller_, task.lease.task().kind());
    if (!may_see.ok()) return Close(may_see);
    v1::AnnotateResponse response;
    *response.mutable_task() = ToApi(task, start_.queue());
    Send(std::move(response));
  }
  if (reply->emptiness.reason == tasks::NoTask::kNone) return;
  v1::AnnotateResponse response;
  *response.mutable_no_task() = ToApi(reply->emptiness);
  Send(std::move(response));
}

void AnnotateStream::Answer(const v1::NewAnswer& answer) {
  const auto acknowledge = [self = Self(), id = answer.answer_id()](
                               const absl::StatusOr<storage::v1::StoredAnswer>& stored) {
    v1::AnnotateResponse response;
    response.mutable_acknowledgement()->set_answer_id(id);
    *response.mutable_acknowledgement()->mutable_result() = ToApi(stored);
    self->Send(std::move(response));
    self->ReadOn();
  };
  absl::StatusOr<tasks::GivenAnswer> given = FromApi(answer, start_.queue(), annotator_, "answer");
  if (!given.ok()) return acknowledge(given.status());
  ahead_->Submit(*std::move(given), acknowledge);
}

void AnnotateStream::Undo(const v1::AnnotateRequest::Undo& undo) {
  v1::UndoAnswerRequest request;
  request.set_request_id(undo.request_id());
  request.set_queue(start_.queue());
  request.set_annotator(start_.annotator());
  if (undo.has_revision()) request.set_revision(undo.revision());
  const auto reply = [self = Self(),
                      id = undo.request_id()](const absl::StatusOr<tasks::Queue::Undone>& undone) {
    v1::AnnotateResponse response;
    response.mutable_undone()->set_request_id(id);
    if (undone.ok()) {
      *response.mutable_undone()->mutable_undone() = ToApi(*undone, self->start_.queue());
    } else {
      *response.mutable_undone()->mutable_error() = ToApiError(undone.status());
    }
    self->Send(std::move(response));
    self->ReadOn();
  };
  if (const absl::Status checked = rpc::CheckRequest(rpc::kUuid, request, request.request_id());
      !checked.ok())
    return reply(checked);
  ahead_->Undo(rpc::KeyOf(request, annotator_), request.revision(), reply);
}

absl::Status AnnotateStream::Release(const v1::ReleaseTasksRequest::LeasedTask& task) {
  Violations violations;
  const tasks::HeldTask held = FromApi(task, "release", violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot release"));
  ahead_->Release(held, [self = Self()] { self->ReadOn(); });
  return absl::OkStatus();
}

}  // namespace winnow::annotation

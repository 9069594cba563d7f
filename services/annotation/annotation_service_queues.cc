// AnnotationServiceImpl: queues, and the tasks that they ask.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "common/rpc/page.h"
#include "common/rpc/request_key.h"
#include "services/annotation/annotation_service.h"
#include "services/annotation/annotation_service_annotate.h"
#include "services/annotation/api.h"
#include "services/annotation/api_standing.h"
#include "services/annotation/queue_settings.h"

namespace winnow::annotation {
namespace {

constexpr int kMaxAnswersPerCall = 1000;
constexpr int kMaxNamedTasks = 1000;
constexpr absl::Duration kMaxWait = absl::Minutes(10);
constexpr absl::Duration kReplyTime = absl::Milliseconds(100);

uint32_t NumTasksOf(const v1::LeaseTasksRequest& request) {
  return request.has_max_tasks() ? request.max_tasks() : 1;
}

void CheckHeld(const v1::HeldTasks& held, Violations& violations) {
  if (held.fencing_tokens_size() > kMaxNamedTasks) {
    violations.Add("held", absl::StrCat("must be at most ", kMaxNamedTasks, " tasks, not ",
                                        held.fencing_tokens_size()));
  }
}

// Of a request that names what its client has at hand, or does not.
template <typename Request>
tasks::HeldTokens HeldOf(const Request& request) {
  if (!request.has_held()) return std::nullopt;
  const auto& tokens = request.held().fencing_tokens();
  return std::vector<uint64_t>(tokens.begin(), tokens.end());
}

// Everything that can be seen to be wrong before the queue is asked.
absl::Status CheckLease(const v1::LeaseTasksRequest& request) {
  Violations violations;
  CheckHeld(request.held(), violations);
  CheckNumTasks("max_tasks", NumTasksOf(request), violations);
  CheckLeaseTime("ttl", LeaseTimeOf(request), violations);
  if (request.has_wait()) {
    const absl::Duration wait = rpc::FromDuration(request.wait());
    if (wait < absl::ZeroDuration() || wait > kMaxWait)
      violations.Add("wait", "must be at least 0 and at most 10 minutes");
  }
  return violations.ToStatus("cannot lease");
}

tasks::LeaseRequest ToLeaseRequest(const v1::LeaseTasksRequest& request, std::string annotator,
                                   std::chrono::system_clock::time_point deadline) {
  tasks::LeaseRequest lease;
  lease.queue = request.queue();
  lease.annotator = std::move(annotator);
  lease.max_tasks = NumTasksOf(request);
  lease.ttl = LeaseTimeOf(request);
  lease.held = HeldOf(request);
  // The reply must still reach the caller.
  lease.wait = std::min(rpc::FromDuration(request.wait()),
                        absl::FromChrono(deadline) - absl::Now() - kReplyTime);
  return lease;
}

// What is archived is opened again before it is changed.
absl::Status CheckChange(const storage::v1::Queue& queue, const v1::UpdateQueueRequest& request) {
  if (queue.mode() != storage::v1::QUEUE_MODE_ARCHIVED || request.mode() == v1::QUEUE_MODE_ACTIVE)
    return absl::OkStatus();
  return WithReason(absl::FailedPreconditionError(
                        absl::StrCat("queue '", queue.name(), "' is archived; open it first")),
                    "QUEUE_ARCHIVED");
}

absl::StatusOr<std::vector<tasks::GivenAnswer>> ReadAnswers(const v1::SubmitAnswersRequest& request,
                                                            const std::string& annotator) {
  Violations violations;
  if (request.answers_size() == 0 || request.answers_size() > kMaxAnswersPerCall) {
    violations.Add("answers", absl::StrCat("must be 1 to ", kMaxAnswersPerCall, ", not ",
                                           request.answers_size()));
  }
  std::vector<tasks::GivenAnswer> answers;
  for (int i = 0; i < std::min(request.answers_size(), kMaxAnswersPerCall); ++i) {
    absl::StatusOr<tasks::GivenAnswer> given =
        FromApi(request.answers(i), request.queue(), annotator, absl::StrCat("answers[", i, "]"));
    for (const Violation& violation : Violations::Of(given.status()))
      violations.Add(violation.where, violation.what);
    if (given.ok()) answers.push_back(*std::move(given));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot submit"));
  return answers;
}

absl::StatusOr<std::vector<tasks::HeldTask>> ReadHeldTasks(const v1::ReleaseTasksRequest& request) {
  Violations violations;
  CheckHeld(request.held(), violations);
  if (request.tasks_size() > kMaxNamedTasks) {
    violations.Add(
        "tasks", absl::StrCat("must be at most ", kMaxNamedTasks, ", not ", request.tasks_size()));
  }
  std::vector<tasks::HeldTask> held;
  for (int i = 0; i < std::min(request.tasks_size(), kMaxNamedTasks); ++i)
    held.push_back(FromApi(request.tasks(i), absl::StrCat("tasks[", i, "]"), violations));
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("cannot release"));
  return held;
}

}  // namespace

absl::StatusOr<v1::Queue> AnnotationServiceImpl::Describe(const storage::v1::Queue& queue,
                                                          bool wait) {
  if (queues_.FindOpen(queue.name()) == nullptr) {
    if (wait) {
      WINNOW_RETURN_IF_ERROR(queues_.Wait(queue.name()).status());
    } else {
      queues_.Get(queue.name(), [](const absl::StatusOr<std::shared_ptr<tasks::Queue>>&) {});
    }
  }
  return StandingOf(queue, queues_);
}

grpc::Status AnnotationServiceImpl::CreateQueue(grpc::ServerContext* context,
                                                const v1::CreateQueueRequest* request,
                                                v1::Queue* response) {
  return handlers_.Run(
      "Annotation.CreateQueue", context, request, response, [&]() -> absl::StatusOr<v1::Queue> {
        storage::v1::Queue queue = ToRecord(request->spec());
        const Empty empty = request->validate_only() ? Empty::kIsToCome : Empty::kIsMissing;
        WINNOW_RETURN_IF_ERROR(CheckSettings(queue, empty));
        WINNOW_RETURN_IF_ERROR(Prepare(corpus_, models_, empty, queue));
        if (request->validate_only()) return ToApiQueue(queue);
        queue.set_created_unix_micros(absl::ToUnixMicros(clock_.Now()));
        WINNOW_RETURN_IF_ERROR(queues_.Create(rpc::KeyOf(*request), queue));
        WINNOW_ASSIGN_OR_RETURN(queue, corpus_.reader().GetQueue(queue.name()));
        return Describe(queue, /*wait=*/false);
      });
}

grpc::Status AnnotationServiceImpl::GetQueue(grpc::ServerContext* context,
                                             const v1::GetQueueRequest* request,
                                             v1::Queue* response) {
  return handlers_.Run("Annotation.GetQueue", context, request,
                       [&](const access::Caller& caller) -> absl::Status {
                         WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                                                 corpus_.reader().GetQueue(request->name()));
                         WINNOW_ASSIGN_OR_RETURN(*response, Describe(queue, request->wait()));
                         HideOthers(caller, *response);
                         return absl::OkStatus();
                       });
}

grpc::ServerWriteReactor<v1::Queue>* AnnotationServiceImpl::WatchQueue(
    grpc::CallbackServerContext* context, const v1::WatchQueueRequest* request) {
  return handlers_.Open<WatchStream>("Annotation.WatchQueue", context, request, streams_, board_,
                                     request->name());
}

grpc::Status AnnotationServiceImpl::ListQueues(grpc::ServerContext* context,
                                               const v1::ListQueuesRequest* request,
                                               v1::ListQueuesResponse* response) {
  return handlers_.Run(
      "Annotation.ListQueues", context, request, [&](const access::Caller& caller) -> absl::Status {
        const auto to_api = [&](const storage::v1::Queue& queue) -> absl::StatusOr<v1::Queue> {
          if (!request->with_status()) return ToApiQueue(queue);
          WINNOW_ASSIGN_OR_RETURN(v1::Queue standing, StandingOf(queue, queues_));
          HideOthers(caller, standing);
          return standing;
        };
        return rpc::ListPage(
            *request, *response, *response->mutable_queues(),
            [&](absl::string_view after, size_t limit) {
              return corpus_.reader().ListQueues(after, limit);
            },
            [](const storage::v1::Queue& record) { return record.name(); }, to_api);
      });
}

grpc::Status AnnotationServiceImpl::UpdateQueue(grpc::ServerContext* context,
                                                const v1::UpdateQueueRequest* request,
                                                v1::Queue* response) {
  return handlers_.Run(
      "Annotation.UpdateQueue", context, request, response, [&]() -> absl::StatusOr<v1::Queue> {
        const auto update = [&](corpus::Transaction& transaction) -> absl::Status {
          WINNOW_ASSIGN_OR_RETURN(storage::v1::Queue queue, transaction.GetQueue(request->name()));
          WINNOW_RETURN_IF_ERROR(CheckChange(queue, *request));
          Update(*request, queue);
          WINNOW_RETURN_IF_ERROR(CheckSettings(queue));
          return transaction.PutQueue(queue);
        };
        WINNOW_RETURN_IF_ERROR(corpus_.Change(rpc::KeyOf(*request), update));
        queues_.Close(request->name());
        WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                                corpus_.reader().GetQueue(request->name()));
        return Describe(queue, /*wait=*/false);
      });
}

grpc::Status AnnotationServiceImpl::DeleteQueue(grpc::ServerContext* context,
                                                const v1::DeleteQueueRequest* request,
                                                v1::DeleteQueueResponse*) {
  return handlers_.Run("Annotation.DeleteQueue", context, request,
                       [&] { return queues_.Delete(rpc::KeyOf(*request), request->name()); });
}

grpc::Status AnnotationServiceImpl::AddComparisons(grpc::ServerContext* context,
                                                   const v1::AddComparisonsRequest* request,
                                                   v1::AddComparisonsResponse* response) {
  return handlers_.Run("Annotation.AddComparisons", context, request, [&]() -> absl::Status {
    std::vector<storage::v1::Task> tasks;
    std::vector<storage::v1::Example> examples;
    for (const v1::ComparisonTask& task : request->tasks()) {
      tasks.push_back(ToRecord(task));
      examples.emplace_back().set_text(task.text());
    }
    const auto append = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue queue,
                              transaction.GetQueue(request->queue()));
      if (queue.kind() != storage::v1::TASK_KIND_COMPARE) {
        return absl::FailedPreconditionError(
            absl::StrCat("queue '", request->queue(), "' is not a queue of comparisons"));
      }
      WINNOW_ASSIGN_OR_RETURN(const uint64_t num_added,
                              transaction.AppendTasks(request->queue(), tasks, examples));
      return absl::StrCat(num_added);
    };
    WINNOW_ASSIGN_OR_RETURN(const std::string reply, corpus_.Mutate(rpc::KeyOf(*request), append));
    uint64_t num_added = 0;
    if (!absl::SimpleAtoi(reply, &num_added)) return absl::DataLossError("a kept reply is damaged");
    response->set_num_added(num_added);
    const std::shared_ptr<tasks::Queue> open = queues_.FindOpen(request->queue());
    return open == nullptr ? absl::OkStatus() : open->stream().Refresh();
  });
}

// Asking and answering.

grpc::ServerUnaryReactor* AnnotationServiceImpl::LeaseTasks(grpc::CallbackServerContext* context,
                                                            const v1::LeaseTasksRequest* request,
                                                            v1::LeaseTasksResponse* response) {
  return handlers_.Run("Annotation.LeaseTasks", context, request, [&](rpc::Responder responder) {
    auto call = std::make_shared<rpc::Responder>(std::move(responder));
    if (const absl::Status status = CheckLease(*request); !status.ok()) return call->Finish(status);
    absl::StatusOr<std::string> annotator = rpc::AnnotatorOf(*request, call->caller());
    if (!annotator.ok()) return call->Finish(annotator.status());
    const auto lease_tasks = [this, call, request, response, annotator = *std::move(annotator),
                              deadline = context->deadline()] {
      tasks::LeaseRequest lease = ToLeaseRequest(*request, annotator, deadline);
      lease.is_gone = [call] { return call->IsCancelled(); };
      workplace_.waiters.Lease(lease, [call, request, response, max_tasks = lease.max_tasks](
                                          const absl::StatusOr<tasks::LeaseReply>& reply) {
        if (!reply.ok()) return call->Finish(reply.status());
        for (const tasks::LeasedTask& task : reply->tasks)
          *response->add_tasks() = ToApi(task, request->queue());
        if (reply->tasks.size() < max_tasks) *response->mutable_no_task() = ToApi(reply->emptiness);
        call->Finish(absl::OkStatus());
      });
    };
    queues_.Get(request->queue(), [this, call, request, lease_tasks](
                                      const absl::StatusOr<std::shared_ptr<tasks::Queue>>& queue) {
      if (!queue.ok()) return call->Finish(queue.status());
      const absl::Status may_see = CheckMaySee(call->caller(), (*queue)->record().kind());
      if (!may_see.ok()) return call->Finish(may_see);
      if (!request->wait_for_learner()) return lease_tasks();
      (*queue)->stream().WhenCurrent(corpus_.revision(), [=](const absl::Status& current) {
        if (!current.ok()) return call->Finish(current);
        lease_tasks();
      });
    });
  });
}

grpc::ServerUnaryReactor* AnnotationServiceImpl::SubmitAnswers(
    grpc::CallbackServerContext* context, const v1::SubmitAnswersRequest* request,
    v1::SubmitAnswersResponse* response) {
  return handlers_.Run("Annotation.SubmitAnswers", context, request, [&](rpc::Responder responder) {
    auto call = std::make_shared<rpc::Responder>(std::move(responder));
    const absl::StatusOr<std::string> annotator = rpc::AnnotatorOf(*request, call->caller());
    if (!annotator.ok()) return call->Finish(annotator.status());
    absl::StatusOr<std::vector<tasks::GivenAnswer>> answers = ReadAnswers(*request, *annotator);
    if (!answers.ok()) return call->Finish(answers.status());
    const auto submit = [call, response, annotator = *annotator, answers = *std::move(answers)](
                            const absl::StatusOr<std::shared_ptr<tasks::Queue>>& queue) {
      if (!queue.ok()) return call->Finish(queue.status());
      const absl::Status may_see = CheckMaySee(call->caller(), (*queue)->record().kind());
      if (!may_see.ok()) return call->Finish(may_see);
      (*queue)->Submit(annotator, answers,
                       [call, response, queue = *queue](
                           const std::vector<absl::StatusOr<storage::v1::StoredAnswer>>& stored) {
                         for (const auto& answer : stored) {
                           // The disk takes nothing, of the other answers either.
                           if (absl::IsUnavailable(answer.status()))
                             return call->Finish(answer.status());
                           *response->add_results() = ToApi(answer);
                         }
                         call->Finish(absl::OkStatus());
                       });
    };
    queues_.Get(request->queue(), submit);
  });
}

grpc::ServerUnaryReactor* AnnotationServiceImpl::ReleaseTasks(
    grpc::CallbackServerContext* context, const v1::ReleaseTasksRequest* request,
    v1::ReleaseTasksResponse* response) {
  return handlers_.Run("Annotation.ReleaseTasks", context, request, [&](rpc::Responder responder) {
    auto call = std::make_shared<rpc::Responder>(std::move(responder));
    const absl::StatusOr<std::string> annotator = rpc::AnnotatorOf(*request, call->caller());
    if (!annotator.ok()) return call->Finish(annotator.status());
    absl::StatusOr<std::vector<tasks::HeldTask>> held = ReadHeldTasks(*request);
    if (!held.ok()) return call->Finish(held.status());
    const auto give_back = [call, request, response, annotator = *annotator,
                            held = *std::move(held)](
                               const absl::StatusOr<std::shared_ptr<tasks::Queue>>& queue) {
      if (!queue.ok()) return call->Finish(queue.status());
      (*queue)->GiveBack(annotator, held, HeldOf(*request),
                         [call, response, queue = *queue](absl::StatusOr<uint64_t> num_released) {
                           response->set_num_released(num_released.value_or(0));
                           call->Finish(num_released.status());
                         });
    };
    queues_.Get(request->queue(), give_back);
  });
}

grpc::Status AnnotationServiceImpl::UndoAnswer(grpc::ServerContext* context,
                                               const v1::UndoAnswerRequest* request,
                                               v1::UndoAnswerResponse* response) {
  return handlers_.Run(
      "Annotation.UndoAnswer", context, request, [&](const access::Caller& caller) -> absl::Status {
        WINNOW_ASSIGN_OR_RETURN(const std::string annotator, rpc::AnnotatorOf(*request, caller));
        WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<tasks::Queue> queue,
                                queues_.Wait(request->queue()));
        WINNOW_RETURN_IF_ERROR(CheckMaySee(caller, queue->record().kind()));
        WINNOW_ASSIGN_OR_RETURN(const tasks::Queue::Undone undone,
                                queue->Undo(rpc::KeyOf(*request, annotator), annotator,
                                            request->revision(), kDefaultLease));
        *response = ToApi(undone, request->queue());
        return absl::OkStatus();
      });
}

grpc::ServerBidiReactor<v1::AnnotateRequest, v1::AnnotateResponse>* AnnotationServiceImpl::Annotate(
    grpc::CallbackServerContext* context) {
  return handlers_.Open<AnnotateStream>("Annotation.Annotate", context, nullptr, streams_,
                                        workplace_);
}

}  // namespace winnow::annotation

#include "services/annotation/task_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/convert.h"
#include "services/annotation/tasks.h"

namespace winnow::annotation {
namespace {

using storage::v1::Answer;

v1::SubmitAnswersResponse::Result ResultOf(const absl::Status& status) {
  v1::SubmitAnswersResponse::Result result;
  result.set_code(static_cast<int>(status.code()));
  result.set_message(std::string(status.message()));
  return result;
}

}  // namespace

TaskQueue::TaskQueue(storage::v1::Queue spec, corpus::Corpus& corpus, const Clock& clock,
                     std::unique_ptr<TaskSupply> supply)
    : spec_(std::move(spec)),
      corpus_(corpus),
      clock_(clock),
      supply_(std::move(supply)),
      leases_(static_cast<uint64_t>(absl::ToUnixMicros(clock.Now()))) {}

absl::StatusOr<std::unique_ptr<TaskQueue>> TaskQueue::Open(storage::v1::Queue spec, corpus::Corpus& corpus,
                                                           const Clock& clock, std::unique_ptr<TaskSupply> supply) {
  std::unique_ptr<TaskQueue> queue(new TaskQueue(std::move(spec), corpus, clock, std::move(supply)));
  WINNOW_RETURN_IF_ERROR(queue->ReadLog());
  return queue;
}

absl::Status TaskQueue::ReadLog() {
  std::map<uint64_t, Answer> standing;
  const absl::Status status =
      corpus_.reader().ForEachAnswer(spec_.dataset(), 0, corpus::kLatest, [&](const Answer& answer) {
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) {
          standing.erase(answer.undoes());
        } else {
          standing[answer.revision()] = answer;
        }
        return true;
      });
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  MutexLock lock(mutex_);
  for (const auto& [revision, answer] : standing) Count(answer, +1);
  return absl::OkStatus();
}

void TaskQueue::Count(const Answer& answer, int sign) {
  const std::string task_id = corpus::IdToHex(answer.task_id());
  if (sign > 0) {
    answered_.insert(task_id);
  } else {
    answered_.erase(task_id);
  }
  if (answer.queue() != spec_.name()) return;
  const auto add = static_cast<uint64_t>(sign);
  counts_.accepted += answer.verdict() == storage::v1::VERDICT_ACCEPT ? add : 0;
  counts_.rejected += answer.verdict() == storage::v1::VERDICT_REJECT ? add : 0;
  counts_.ignored += answer.verdict() == storage::v1::VERDICT_IGNORE ? add : 0;
  counts_.audit += answer.strategy() == kAuditStrategy ? add : 0;
  std::vector<uint64_t>& revisions = by_annotator_[answer.annotator()];
  const auto at = std::lower_bound(revisions.begin(), revisions.end(), answer.revision());
  if (sign > 0) {
    revisions.insert(at, answer.revision());
  } else if (at != revisions.end() && *at == answer.revision()) {
    revisions.erase(at);
  }
}

absl::StatusOr<v1::LeaseTasksResponse> TaskQueue::Lease(absl::string_view annotator, uint32_t max_tasks,
                                                        absl::Duration ttl, absl::Time wait_until) {
  if (wait_until > absl::InfinitePast()) {
    WINNOW_RETURN_IF_ERROR(supply_->WaitUntilCurrent(corpus_.revision(), wait_until));
  }
  v1::LeaseTasksResponse response;
  MutexLock lock(mutex_);
  const absl::Time now = clock_.Now();
  AskedTasks asked;
  asked.taken = [&](const std::string& task_id) {
    return answered_.count(task_id) > 0 || leases_.IsHeld(task_id, now);
  };
  asked.num_asked = counts_.accepted + counts_.rejected + counts_.ignored + leases_.CountHeld(now);
  for (; static_cast<uint32_t>(response.tasks_size()) < max_tasks; ++asked.num_asked) {
    std::optional<v1::Task> task = supply_->Next(asked);
    if (!task.has_value()) {
      response.set_exhausted_reason(supply_->ExhaustedReason());
      break;
    }
    task->set_queue(spec_.name());
    *response.add_tasks() = leases_.Take(*std::move(task), annotator, now + ttl);
  }
  return response;
}

absl::StatusOr<Answer> TaskQueue::MakeAnswer(const v1::NewAnswer& given, absl::string_view annotator) {
  MutexLock lock(mutex_);
  const v1::Task* task = leases_.Find(given.task_id(), given.fencing_token());
  if (answered_.count(given.task_id()) > 0) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "task ", given.task_id(), " was answered after its lease had expired; lease the next one")),
                      "LEASE_LOST");
  }
  if (task == nullptr) {
    return WithReason(absl::NotFoundError(absl::StrCat("task ", given.task_id(),
                                                       " is not leased with this fencing token; lease it again")),
                      "UNKNOWN_TASK");
  }
  WINNOW_ASSIGN_OR_RETURN(Answer answer, AnswerOf(*task, given));
  answer.set_annotator(std::string(annotator));
  answer.set_answered_unix_micros(absl::ToUnixMicros(clock_.Now()));
  answer.set_late(!leases_.IsHeld(given.task_id(), clock_.Now()));
  if (spec_.kind() == storage::v1::TASK_KIND_COMPARISON) {
    WINNOW_RETURN_IF_ERROR(FillComparison(corpus_.reader(), spec_.name(), given, answer));
  }
  return answer;
}

std::vector<v1::SubmitAnswersResponse::Result> TaskQueue::Submit(const v1::SubmitAnswersRequest& request) {
  std::vector<v1::SubmitAnswersResponse::Result> results(static_cast<size_t>(request.answers_size()));
  std::vector<corpus::Mutation> mutations;
  std::vector<size_t> result_of;
  std::vector<Answer> answers;
  for (size_t i = 0; i < results.size(); ++i) {
    const v1::NewAnswer& given = request.answers(static_cast<int>(i));
    v1::NewAnswer body = given;
    body.clear_answer_id();
    corpus::RequestKey key{request.annotator(), absl::StrCat("SubmitAnswers/", spec_.name()), given.answer_id(),
                           Sha256Hex(body.SerializeAsString())};
    absl::StatusOr<std::string> kept = corpus_.FindReply(key);
    if (kept.ok()) {
      results[i].ParseFromString(*kept);
      continue;
    }
    if (!absl::IsNotFound(kept.status())) {
      results[i] = ResultOf(kept.status());
      continue;
    }
    absl::StatusOr<Answer> answer = MakeAnswer(given, request.annotator());
    if (!answer.ok()) {
      results[i] = ResultOf(answer.status());
      continue;
    }
    mutations.push_back(
        {std::move(key), [answer = *answer, dataset = spec_.dataset()](
                             corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
           WINNOW_ASSIGN_OR_RETURN(const std::vector<uint64_t> revisions, transaction.AppendAnswers(dataset, {answer}));
           v1::SubmitAnswersResponse::Result result;
           result.set_revision(revisions[0]);
           result.set_late(answer.late());
           return result.SerializeAsString();
         }});
    result_of.push_back(i);
    answers.push_back(*std::move(answer));
  }
  const std::vector<absl::StatusOr<std::string>> replies = corpus_.MutateAll(mutations);
  for (size_t m = 0; m < replies.size(); ++m) {
    v1::SubmitAnswersResponse::Result& result = results[result_of[m]];
    if (!replies[m].ok()) {
      result = ResultOf(replies[m].status());
      continue;
    }
    result.ParseFromString(*replies[m]);
    answers[m].set_revision(result.revision());
    MutexLock lock(mutex_);
    Count(answers[m], +1);
    leases_.Remove(corpus::IdToHex(answers[m].task_id()));
  }
  return results;
}

absl::StatusOr<v1::UndoAnswerResponse> TaskQueue::Undo(const corpus::RequestKey& key, absl::string_view annotator,
                                                       uint64_t revision, absl::Duration ttl) {
  absl::StatusOr<std::string> kept = corpus_.FindReply(key);
  v1::UndoAnswerResponse response;
  if (kept.ok() && response.ParseFromString(*kept)) return response;
  if (!absl::IsNotFound(kept.status())) return kept.status();
  {
    MutexLock lock(mutex_);
    const auto it = by_annotator_.find(annotator);
    const bool any = it != by_annotator_.end() && !it->second.empty();
    if (revision == 0 && any) revision = it->second.back();
    if (!any || !std::binary_search(it->second.begin(), it->second.end(), revision)) {
      return absl::NotFoundError(absl::StrCat("'", annotator, "' has no answer in queue '", spec_.name(), "' to undo"));
    }
  }
  WINNOW_ASSIGN_OR_RETURN(const Answer answer, corpus_.reader().GetAnswer(spec_.dataset(), revision));
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example, corpus_.reader().GetExample(answer.example_id()));
  response.set_undone_revision(revision);
  const absl::Time expires = clock_.Now() + ttl;
  WINNOW_ASSIGN_OR_RETURN(
      const std::string reply, corpus_.Mutate(key, [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
        WINNOW_RETURN_IF_ERROR(transaction.Undo(spec_.dataset(), revision, annotator).status());
        return response.SerializeAsString();
      }));
  MutexLock lock(mutex_);
  Count(answer, -1);
  v1::Task task = TaskOf(answer, example, spec_.unsegmented());
  task.set_queue(spec_.name());
  *response.mutable_task() = leases_.Take(std::move(task), annotator, expires);
  return response;
}

void TaskQueue::Describe(v1::Queue& queue) const {
  *queue.mutable_spec() = SpecOf(spec_);
  *queue.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(spec_.created_unix_micros()));
  {
    MutexLock lock(mutex_);
    queue.set_num_accepted(counts_.accepted);
    queue.set_num_rejected(counts_.rejected);
    queue.set_num_ignored(counts_.ignored);
    queue.set_num_answers(counts_.accepted + counts_.rejected + counts_.ignored);
    queue.set_num_audit_answers(counts_.audit);
    queue.set_num_leased(leases_.CountHeld(clock_.Now()));
  }
  supply_->Describe(queue);
  queue.set_num_open_tasks(queue.num_open_tasks() - std::min(queue.num_open_tasks(), queue.num_answers()));
}

}  // namespace winnow::annotation

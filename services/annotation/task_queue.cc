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

// Keeps other calls from storing answers to the same tasks while it lives.
class TaskQueue::Claim {
 public:
  Claim(TaskQueue& queue, std::set<std::string> task_ids)
      : queue_(queue), task_ids_(std::move(task_ids)) {
    const auto is_claimed = [&](const std::string& task_id) {
      return queue_.claimed_.count(task_id) > 0;
    };
    MutexLock lock(queue_.mutex_);
    while (std::any_of(task_ids_.begin(), task_ids_.end(), is_claimed))
      queue_.claims_changed_.Wait(queue_.mutex_);
    queue_.claimed_.insert(task_ids_.begin(), task_ids_.end());
  }
  ~Claim() {
    MutexLock lock(queue_.mutex_);
    for (const std::string& task_id : task_ids_) queue_.claimed_.erase(task_id);
    queue_.claims_changed_.NotifyAll();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  TaskQueue& queue_;
  const std::set<std::string> task_ids_;
};

// An answer that can be stored.
struct TaskQueue::Pending {
  // Its index in the request.
  size_t index = 0;
  corpus::RequestKey key;
  Answer answer;
};

TaskQueue::TaskQueue(storage::v1::Queue spec, corpus::Corpus& corpus, const Clock& clock,
                     std::unique_ptr<TaskSupply> supply)
    : spec_(std::move(spec)),
      corpus_(corpus),
      clock_(clock),
      supply_(std::move(supply)),
      leases_(static_cast<uint64_t>(absl::ToUnixMicros(clock.Now()))) {}

absl::StatusOr<std::unique_ptr<TaskQueue>> TaskQueue::Open(storage::v1::Queue spec,
                                                           corpus::Corpus& corpus,
                                                           const Clock& clock,
                                                           std::unique_ptr<TaskSupply> supply) {
  std::unique_ptr<TaskQueue> queue(
      new TaskQueue(std::move(spec), corpus, clock, std::move(supply)));
  MutexLock lock(queue->mutex_);
  WINNOW_RETURN_IF_ERROR(queue->ReadLog());
  return queue;
}

absl::Status TaskQueue::ReadLog() {
  const corpus::CorpusReader& reader = corpus_.reader();
  const absl::StatusOr<storage::v1::Dataset> dataset = reader.GetDataset(spec_.dataset());
  if (!dataset.ok() && !absl::IsNotFound(dataset.status())) return dataset.status();
  // Before the first answer there is no data set; it may also be dropped and made again.
  const uint64_t dataset_id = dataset.ok() ? dataset->id() : 0;
  if (dataset_id != dataset_id_) {
    dataset_id_ = dataset_id;
    read_revision_ = 0;
    answered_.clear();
    by_annotator_.clear();
    counts_ = Counts();
  }
  if (dataset_id == 0) return absl::OkStatus();
  absl::Status status = absl::OkStatus();
  const auto read = [&](const Answer& answer) {
    if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) {
      const absl::StatusOr<Answer> undone = reader.GetAnswer(spec_.dataset(), answer.undoes());
      status = undone.status();
      if (!status.ok()) return false;
      Count(*undone, -1);
    } else {
      Count(answer, +1);
    }
    read_revision_ = answer.revision();
    return true;
  };
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachAnswer(spec_.dataset(), read_revision_, corpus::kLatest, read));
  return status;
}

void TaskQueue::Count(const Answer& answer, int sign) {
  const std::string task_id = corpus::IdToHex(answer.task_id());
  if (sign > 0) {
    answered_.insert(task_id);
  } else {
    answered_.erase(answered_.find(task_id));
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

absl::StatusOr<v1::LeaseTasksResponse> TaskQueue::Lease(absl::string_view annotator,
                                                        uint32_t max_tasks, absl::Duration ttl,
                                                        absl::Time wait_until) {
  if (wait_until > absl::InfinitePast()) {
    WINNOW_RETURN_IF_ERROR(supply_->WaitUntilCurrent(corpus_.revision(), wait_until));
  }
  v1::LeaseTasksResponse response;
  MutexLock lock(mutex_);
  WINNOW_RETURN_IF_ERROR(ReadLog());
  const absl::Time now = clock_.Now();
  AskedTasks asked;
  asked.taken = [&](const std::string& task_id) {
    return answered_.count(task_id) > 0 || leases_.IsHeld(task_id, now);
  };
  asked.num_asked = counts_.accepted + counts_.rejected + counts_.ignored + leases_.CountHeld(now);
  asked.num_audit = counts_.audit + leases_.CountHeld(now, kAuditStrategy);
  while (static_cast<uint32_t>(response.tasks_size()) < max_tasks) {
    std::optional<v1::Task> task = supply_->Next(asked);
    if (!task.has_value()) {
      response.set_exhausted_reason(supply_->ExhaustedReason());
      break;
    }
    task->set_queue(spec_.name());
    ++asked.num_asked;
    asked.num_audit += task->strategy() == kAuditStrategy;
    *response.add_tasks() = leases_.Take(*std::move(task), annotator, now + ttl);
  }
  return response;
}

absl::StatusOr<Answer> TaskQueue::MakeAnswer(const v1::NewAnswer& given,
                                             absl::string_view annotator) {
  MutexLock lock(mutex_);
  WINNOW_RETURN_IF_ERROR(ReadLog());
  const v1::Task* task = leases_.Find(given.task_id(), given.fencing_token());
  if (answered_.count(given.task_id()) > 0) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "task ", given.task_id(),
                          " was answered after its lease had expired; lease the next one")),
                      "LEASE_LOST");
  }
  if (task == nullptr) {
    return WithReason(
        absl::NotFoundError(absl::StrCat("task ", given.task_id(),
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

std::vector<v1::SubmitAnswersResponse::Result> TaskQueue::Submit(
    const v1::SubmitAnswersRequest& request) {
  std::set<std::string> task_ids;
  for (const v1::NewAnswer& given : request.answers()) task_ids.insert(given.task_id());
  const Claim claim(*this, std::move(task_ids));
  std::vector<v1::SubmitAnswersResponse::Result> results(
      static_cast<size_t>(request.answers_size()));
  std::vector<Pending> pending;
  std::map<std::string, std::string> answer_of_task;
  for (size_t i = 0; i < results.size(); ++i) {
    const v1::NewAnswer& given = request.answers(static_cast<int>(i));
    v1::NewAnswer body = given;
    body.clear_answer_id();
    corpus::RequestKey key{request.annotator(), absl::StrCat("SubmitAnswers/", spec_.name()),
                           given.answer_id(), Sha256Hex(body.SerializeAsString())};
    const absl::StatusOr<std::string> kept = corpus_.FindReply(key);
    if (kept.ok()) {
      results[i].ParseFromString(*kept);
      continue;
    }
    absl::StatusOr<Answer> answer =
        absl::IsNotFound(kept.status()) ? MakeAnswer(given, request.annotator()) : kept.status();
    if (answer.ok()) {
      const auto [other, is_first] = answer_of_task.try_emplace(given.task_id(), given.answer_id());
      if (!is_first && (given.answer_id().empty() || given.answer_id() != other->second)) {
        answer = absl::FailedPreconditionError(
            absl::StrCat("task ", given.task_id(), " is answered twice in one call"));
      }
    }
    if (answer.ok()) {
      pending.push_back({i, std::move(key), *std::move(answer)});
    } else {
      results[i] = ResultOf(answer.status());
    }
  }
  Store(std::move(pending), results);
  return results;
}

void TaskQueue::Store(std::vector<Pending> pending,
                      std::vector<v1::SubmitAnswersResponse::Result>& results) {
  std::vector<corpus::Mutation> mutations;
  for (Pending& item : pending) {
    const auto append = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_ASSIGN_OR_RETURN(const std::vector<uint64_t> revisions,
                              transaction.AppendAnswers(spec_.dataset(), {item.answer}));
      v1::SubmitAnswersResponse::Result result;
      result.set_revision(revisions[0]);
      result.set_late(item.answer.late());
      return result.SerializeAsString();
    };
    mutations.push_back({std::move(item.key), append});
  }
  const std::vector<absl::StatusOr<std::string>> replies = corpus_.MutateAll(mutations);
  MutexLock lock(mutex_);
  for (size_t i = 0; i < replies.size(); ++i) {
    v1::SubmitAnswersResponse::Result& result = results[pending[i].index];
    if (!replies[i].ok()) {
      result = ResultOf(replies[i].status());
      continue;
    }
    result.ParseFromString(*replies[i]);
    leases_.Remove(corpus::IdToHex(pending[i].answer.task_id()));
  }
}

absl::StatusOr<uint64_t> TaskQueue::FindOwnAnswer(absl::string_view annotator, uint64_t revision) {
  MutexLock lock(mutex_);
  WINNOW_RETURN_IF_ERROR(ReadLog());
  const auto own = by_annotator_.find(annotator);
  if (own != by_annotator_.end() && !own->second.empty()) {
    if (revision == 0) return own->second.back();
    if (std::binary_search(own->second.begin(), own->second.end(), revision)) return revision;
  }
  return absl::NotFoundError(
      absl::StrCat("'", annotator, "' has no answer in queue '", spec_.name(), "' to undo"));
}

absl::StatusOr<v1::UndoAnswerResponse> TaskQueue::Undo(const corpus::RequestKey& key,
                                                       absl::string_view annotator,
                                                       uint64_t revision, absl::Duration ttl) {
  MutexLock undo_lock(undo_mutex_);
  const absl::StatusOr<std::string> kept = corpus_.FindReply(key);
  v1::UndoAnswerResponse response;
  if (kept.ok() && response.ParseFromString(*kept)) return response;
  if (!absl::IsNotFound(kept.status())) return kept.status();
  WINNOW_ASSIGN_OR_RETURN(revision, FindOwnAnswer(annotator, revision));
  WINNOW_ASSIGN_OR_RETURN(const Answer answer,
                          corpus_.reader().GetAnswer(spec_.dataset(), revision));
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                          corpus_.reader().GetExample(answer.example_id()));
  v1::Task task = TaskOf(answer, example, spec_.unsegmented());
  task.set_queue(spec_.name());
  response.set_undone_revision(revision);
  {
    MutexLock lock(mutex_);
    *response.mutable_task() = leases_.Take(std::move(task), annotator, clock_.Now() + ttl);
  }
  const absl::Status undone =
      corpus_
          .Mutate(key,
                  [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
                    WINNOW_RETURN_IF_ERROR(
                        transaction.Undo(spec_.dataset(), revision, annotator).status());
                    return response.SerializeAsString();
                  })
          .status();
  if (undone.ok()) return response;
  MutexLock lock(mutex_);
  leases_.Remove(response.task().task_id());
  return undone;
}

absl::Status TaskQueue::Describe(v1::Queue& queue) {
  *queue.mutable_spec() = SpecOf(spec_);
  *queue.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(spec_.created_unix_micros()));
  {
    MutexLock lock(mutex_);
    WINNOW_RETURN_IF_ERROR(ReadLog());
    queue.set_num_accepted(counts_.accepted);
    queue.set_num_rejected(counts_.rejected);
    queue.set_num_ignored(counts_.ignored);
    queue.set_num_answers(counts_.accepted + counts_.rejected + counts_.ignored);
    queue.set_num_audit_answers(counts_.audit);
    queue.set_num_leased(leases_.CountHeld(clock_.Now()));
  }
  supply_->Describe(queue);
  queue.set_num_open_tasks(queue.num_open_tasks() -
                           std::min(queue.num_open_tasks(), queue.num_answers()));
  return absl::OkStatus();
}

}  // namespace winnow::annotation

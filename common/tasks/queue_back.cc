// Queue: tasks that a person gives back, and answers that a person takes back.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/tasks/queue.h"

namespace winnow::tasks {

using storage::v1::Answer;
using storage::v1::UndoneAnswer;

void Queue::KeepHeld(absl::string_view annotator, std::vector<HeldTask>& tasks) const {
  const auto is_gone = [&](const HeldTask& task) WINNOW_REQUIRES(mutex_) {
    const storage::v1::Lease* lease = assignments_.Find(task.task, annotator);
    return lease == nullptr || lease->token() != task.token;
  };
  std::erase_if(tasks, is_gone);
}

void Queue::GiveBack(absl::string_view annotator, std::vector<HeldTask> held,
                     const HeldTokens& kept, GiveBackDone done) {
  const std::vector<storage::v1::Lease> renewed = Renew(annotator, kept);
  {
    MutexLock lock(mutex_);
    KeepHeld(annotator, held);
  }
  if (held.empty() && renewed.empty()) return done(0);
  // First in the log: a lease that the person takes anew meanwhile must not be deleted there.
  const auto remove = [this, person = std::string(annotator), held,
                       renewed](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(StoreRenewed(renewed, transaction));
    for (const HeldTask& item : held)
      transaction.DeleteLease(record_.name(), item.task.bytes(), person);
    return "";
  };
  const auto removed = [this, person = std::string(annotator), held = std::move(held),
                        done = std::move(done)](corpus::Replies replies) mutable {
    if (!replies[0].ok()) return done(replies[0].status());
    {
      MutexLock lock(mutex_);
      // An answer may have come since.
      KeepHeld(person, held);
      for (const HeldTask& item : held) assignments_.Release(item.task, person);
    }
    done(held.size());
  };
  std::vector<corpus::Mutation> mutations;
  mutations.push_back({{}, remove});
  corpus_.MutateLater(std::move(mutations), removed, corpus::Durability::kProcess);
}

absl::StatusOr<uint64_t> Queue::FindOwnAnswer(absl::string_view annotator, uint64_t revision) {
  WINNOW_RETURN_IF_ERROR(Follow(/*wait=*/true));
  MutexLock lock(mutex_);
  const auto own = by_annotator_.find(annotator);
  if (own != by_annotator_.end() && !own->second.empty()) {
    if (revision == 0) return own->second.rbegin()->first;
    if (own->second.contains(revision)) return revision;
  }
  return absl::NotFoundError(
      absl::StrCat("'", annotator, "' has no answer in queue '", record_.name(), "' to undo"));
}

absl::StatusOr<Queue::Undone> Queue::Undo(const corpus::RequestKey& key,
                                          absl::string_view annotator, uint64_t revision,
                                          absl::Duration ttl) {
  MutexLock undo_lock(undo_mutex_);
  const corpus::CorpusReader& reader = corpus_.reader();
  UndoneAnswer reply;
  const absl::StatusOr<std::string> kept = corpus_.FindReply(key);
  if (kept.ok() && reply.ParseFromString(*kept)) {
    WINNOW_ASSIGN_OR_RETURN(LeasedTask task, WithText(reply.lease()));
    return Undone{reply.revision(), std::move(task)};
  }
  if (!absl::IsNotFound(kept.status())) return kept.status();

  WINNOW_ASSIGN_OR_RETURN(revision, FindOwnAnswer(annotator, revision));
  WINNOW_ASSIGN_OR_RETURN(const Answer answer, reader.GetAnswer(record_.dataset(), revision));
  const std::vector<storage::v1::Lease> renewed = Renew(annotator);
  storage::v1::Lease lease;
  {
    MutexLock lock(mutex_);
    lease = assignments_.Take(TaskOf(answer), annotator, clock_.SteadyNow(), ttl);
  }
  absl::StatusOr<LeasedTask> task = Complete(lease);
  absl::Status undone = task.status();
  if (undone.ok()) {
    reply.set_revision(revision);
    *reply.mutable_lease() = task->lease;
    const auto undo = [&](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
      WINNOW_RETURN_IF_ERROR(StoreRenewed(renewed, transaction));
      WINNOW_RETURN_IF_ERROR(transaction.Undo(record_.dataset(), revision, annotator).status());
      transaction.PutLease(record_.name(), reply.lease());
      return reply.SerializeAsString();
    };
    undone = corpus_.Mutate(key, undo).status();
  }
  if (!undone.ok()) {
    Release({lease});
    return undone;
  }
  {
    MutexLock lock(mutex_);
    assignments_.Complete(task->lease);
  }
  return Undone{revision, *std::move(task)};
}

}  // namespace winnow::tasks

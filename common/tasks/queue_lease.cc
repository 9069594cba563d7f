// Queue: what a person is handed.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/stats/asking.h"
#include "common/tasks/queue.h"
#include "common/tasks/view.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Lease;
using storage::v1::Task;

constexpr absl::Duration kSoon = absl::Milliseconds(200);

}  // namespace

absl::StatusOr<Emptiness> Queue::WhyNotFor(absl::string_view annotator) {
  if (record_.mode() == storage::v1::QUEUE_MODE_ARCHIVED) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "queue '", record_.name(), "' is archived; a manager can open it again")),
                      "QUEUE_ARCHIVED");
  }
  const auto& people = record_.people();
  if (!people.empty() && std::find(people.begin(), people.end(), annotator) == people.end()) {
    return WithReason(absl::PermissionDeniedError(absl::StrCat(
                          "queue '", record_.name(), "' is for others than '", annotator, "'")),
                      "NOT_ON_QUEUE");
  }
  if (record_.mode() == storage::v1::QUEUE_MODE_PAUSED) {
    return Emptiness{NoTask::kPaused, absl::InfiniteFuture(),
                     absl::StrCat("queue '", record_.name(), "' is paused by a manager")};
  }
  MutexLock lock(mutex_);
  if (record_.min_agreement() > 0 && checks_.Facts(annotator).is_below_bar) {
    return Emptiness{NoTask::kPaused, absl::InfiniteFuture(),
                     absl::StrCat("queue '", record_.name(), "' is paused for '", annotator,
                                  "', whose answers to what is known agree too seldom; a manager "
                                  "can go on by lowering --min-agreement")};
  }
  const uint64_t quota = record_.daily_quota();
  if (quota == 0 || CountToday(annotator) + assignments_.CountLive(annotator) < quota)
    return Emptiness{};
  return Emptiness{NoTask::kQuota, Today() + absl::Hours(24),
                   absl::StrCat("'", annotator, "' has answered as many as queue '", record_.name(),
                                "' takes of one person in a day: ", quota)};
}

std::vector<Lease> Queue::Pick(absl::string_view annotator, uint32_t max_tasks, absl::Duration ttl,
                               bool renewed_by_name, Emptiness& emptiness) {
  std::vector<storage::v1::Lease> leases;
  const absl::Time now = clock_.SteadyNow();
  MutexLock lock(mutex_);
  assignments_.Expire(now);
  const auto is_known = [&](const Id& task)
                            WINNOW_REQUIRES(mutex_) { return assignments_.IsKnown(task); };
  const auto holds = [&](const Id& task) WINNOW_REQUIRES(mutex_) {
    return assignments_.Find(task, annotator) != nullptr;
  };
  while (leases.size() < max_tasks) {
    std::optional<Task> task;
    if (const Task* known = assignments_.NextKnown(annotator); known != nullptr) {
      task = *known;
    } else {
      const AskedCounts asked = {
          counts_.accepted + counts_.rejected + counts_.ignored + assignments_.num_live(),
          counts_.audit + assignments_.num_live_audit()};
      task = stream_->Next(asked, is_known);
    }
    if (!task.has_value()) {
      emptiness = WhyEmpty();
      break;
    }
    // The person may have answered it elsewhere, and more people are wanted.
    const bool is_open = assignments_.IsOpenFor(Id(task->id()), annotator);
    const std::optional<Task> check =
        is_open ? checks_.Next(annotator, assignments_.CountLive(annotator), holds) : std::nullopt;
    if (!is_open || check.has_value()) assignments_.Keep(*task);
    if (!is_open) continue;
    leases.push_back(
        assignments_.Take(check.value_or(*task), annotator, now, ttl, renewed_by_name));
  }
  return leases;
}

Emptiness Queue::WhyEmpty() {
  Emptiness of_stream = stream_->WhyEmpty();
  if (of_stream.retry_at == absl::InfinitePast()) of_stream.retry_at = clock_.Now() + kSoon;
  if (of_stream.reason != NoTask::kExhausted || assignments_.num_live() == 0) return of_stream;
  const absl::Time lost = clock_.ToWall(assignments_.next_expiry());
  return {NoTask::kAllLeased, lost,
          absl::StrCat("every task that is left is in somebody's hands; the first of ",
                       assignments_.num_live(), " leases ends at ",
                       absl::FormatTime(lost, absl::UTCTimeZone()))};
}

absl::StatusOr<LeasedTask> Queue::Complete(storage::v1::Lease lease) const {
  if (lease.task().has_check()) WINNOW_RETURN_IF_ERROR(CompleteCheck(*lease.mutable_task()));
  WINNOW_RETURN_IF_ERROR(stream_->Complete(*lease.mutable_task()));
  WINNOW_ASSIGN_OR_RETURN(LeasedTask leased, WithText(std::move(lease)));
  SetView(leased.example.text(), record_.unsegmented(), *leased.lease.mutable_task());
  SetWallTime(leased.lease);
  return leased;
}

absl::Status Queue::CompleteCheck(Task& check) const {
  if (const uint64_t revision = check.check().own_revision(); revision > 0) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Answer earlier,
                            corpus_.reader().GetAnswer(record_.dataset(), revision));
    FillOwnCheck(earlier, check);
  }
  // It looks like any other task, and is no audit question again.
  const StreamFacts facts = stream_->Facts();
  storage::v1::Selection& selection = *check.mutable_selection();
  selection.set_strategy(record_.strategy());
  selection.set_model_version(facts.model_version);
  selection.set_learner_step(facts.learner_step);
  return absl::OkStatus();
}

absl::StatusOr<LeasedTask> Queue::WithText(storage::v1::Lease lease) const {
  LeasedTask leased;
  const std::string& id = lease.task().example_id();
  WINNOW_ASSIGN_OR_RETURN(leased.example, corpus_.reader().GetExample(id));
  WINNOW_ASSIGN_OR_RETURN(leased.fields_json, FieldsOf(id));
  leased.lease = std::move(lease);
  return leased;
}

absl::StatusOr<std::string> Queue::FieldsOf(absl::string_view example_id) const {
  if (record_.source().empty()) return "";
  absl::StatusOr<std::string> fields =
      corpus_.reader().GetSourceFields(record_.source(), example_id);
  if (absl::IsNotFound(fields.status())) return "";
  return fields;
}

void Queue::Release(const std::vector<storage::v1::Lease>& leases) {
  MutexLock lock(mutex_);
  for (const storage::v1::Lease& lease : leases)
    assignments_.Release(Id(lease.task().id()), lease.annotator());
}

void Queue::Lease(absl::string_view annotator, uint32_t max_tasks, absl::Duration ttl,
                  const HeldTokens& held, LeaseDone done) {
  if (const absl::Status followed = Follow(/*wait=*/false); !followed.ok()) return done(followed);
  absl::StatusOr<Emptiness> why_not = WhyNotFor(annotator);
  if (!why_not.ok()) return done(why_not.status());
  // First, so that who gets nothing is told when leases end.
  std::vector<storage::v1::Lease> renewed = Renew(annotator, held);
  if (why_not->reason != NoTask::kNone)
    return StoreLeases({}, std::move(renewed), *std::move(why_not), std::move(done));
  Emptiness emptiness;
  const std::vector<storage::v1::Lease> leases =
      Pick(annotator, max_tasks, ttl, held.has_value(), emptiness);
  std::vector<LeasedTask> tasks;
  for (const storage::v1::Lease& lease : leases) {
    absl::StatusOr<LeasedTask> task = Complete(lease);
    if (!task.ok()) {
      Release(leases);
      const auto fail = [done, status = task.status()](const auto&) { done(status); };
      return StoreLeases({}, std::move(renewed), {}, fail);
    }
    tasks.push_back(*std::move(task));
  }
  {
    MutexLock lock(mutex_);
    for (const LeasedTask& task : tasks) assignments_.Complete(task.lease);
  }
  StoreLeases(std::move(tasks), std::move(renewed), std::move(emptiness), std::move(done));
}

std::vector<storage::v1::Lease> Queue::Renew(absl::string_view annotator, const HeldTokens& held) {
  std::vector<storage::v1::Lease> renewed;
  const absl::Time now = clock_.SteadyNow();
  {
    MutexLock lock(mutex_);
    assignments_.Expire(now);
    renewed = assignments_.Renew(annotator, now, held.value_or(std::vector<uint64_t>()));
  }
  for (storage::v1::Lease& lease : renewed) SetWallTime(lease);
  return renewed;
}

absl::Status Queue::StoreRenewed(const std::vector<storage::v1::Lease>& renewed,
                                 corpus::Transaction& transaction) const {
  for (const storage::v1::Lease& lease : renewed)
    WINNOW_RETURN_IF_ERROR(transaction.RenewLease(record_.name(), lease));
  return absl::OkStatus();
}

void Queue::SetWallTime(storage::v1::Lease& lease) const {
  const absl::Time ends = absl::FromUnixMicros(lease.expires_unix_micros());
  lease.set_expires_unix_micros(absl::ToUnixMicros(clock_.ToWall(ends)));
}

void Queue::StoreLeases(std::vector<LeasedTask> tasks, std::vector<storage::v1::Lease> renewed,
                        Emptiness emptiness, LeaseDone done) {
  if (tasks.empty() && renewed.empty()) return done(LeaseReply{{}, std::move(emptiness)});
  auto reply = std::make_shared<LeaseReply>(LeaseReply{std::move(tasks), std::move(emptiness)});
  const auto put = [this, reply, renewed = std::move(renewed)](
                       corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(StoreRenewed(renewed, transaction));
    for (const LeasedTask& task : reply->tasks) transaction.PutLease(record_.name(), task.lease);
    return "";
  };
  std::vector<corpus::Mutation> mutations;
  mutations.push_back({{}, put});
  const auto stored = [this, reply, done](corpus::Replies replies) {
    if (replies[0].ok()) return done(std::move(*reply));
    std::vector<storage::v1::Lease> leases;
    for (const LeasedTask& task : reply->tasks) leases.push_back(task.lease);
    Release(leases);
    done(replies[0].status());
  };
  corpus_.MutateLater(std::move(mutations), stored, corpus::Durability::kProcess);
}

}  // namespace winnow::tasks

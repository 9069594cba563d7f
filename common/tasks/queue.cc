#include "common/tasks/queue.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/stats/asking.h"
#include "common/tasks/view.h"
#include "common/text/utf8.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::Lease;
using storage::v1::StoredAnswer;
using storage::v1::Task;

// How long a lost lease is kept, so that a late answer is understood.
constexpr absl::Duration kKeepLost = absl::Hours(24);
// For so long after an opening it is kept at least, however the clock was set meanwhile. Less than
// kIdle (queues.h), or a queue that is opened again and again would keep it forever.
constexpr absl::Duration kKeepOpened = absl::Minutes(5);
constexpr absl::Duration kSoon = absl::Milliseconds(200);
// An answer that is being stored keeps its place for this long.
constexpr absl::Duration kStoring = absl::Minutes(1);

template <absl::Status (*kError)(absl::string_view), typename... Parts>
absl::Status Refused(absl::string_view reason, const Parts&... parts) {
  return WithReason(kError(absl::StrCat(parts...)), reason);
}

// The beginning of the day (UTC).
absl::Time DayOf(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Hours(24));
}

uint64_t CountSince(const std::map<uint64_t, absl::Time>& answers, absl::Time since) {
  // Later revisions are of later times, but for clocks that were set.
  uint64_t count = 0;
  for (auto answer = answers.rbegin(); answer != answers.rend() && answer->second >= since;
       ++answer)
    ++count;
  return count;
}

// A repetition finds no lease any more, but its reply; everything else gets the refusal.
corpus::Mutation Refuse(const corpus::RequestKey& key, absl::Status refusal) {
  return {key, [refusal = std::move(refusal)](corpus::Transaction&) -> absl::StatusOr<std::string> {
            return refusal;
          }};
}

absl::StatusOr<StoredAnswer> ParseStored(absl::StatusOr<std::string> reply) {
  if (!reply.ok()) return std::move(reply).status();
  StoredAnswer answer;
  if (!answer.ParseFromString(*reply)) return absl::DataLossError("a kept reply is damaged");
  return answer;
}

}  // namespace

// Takes the log of the data set in, record by record.
class Queue::Visitor final : public corpus::LogVisitor {
 public:
  explicit Visitor(Queue& queue) : queue_(queue) {}

  void Restart() override {
    MutexLock lock(queue_.mutex_);
    queue_.assignments_.ForgetAnswers();
    queue_.by_annotator_.clear();
    queue_.pace_.clear();
    queue_.counts_ = Counts();
    queue_.stream_->Restart();
  }
  absl::Status Added(const Answer& answer) override {
    MutexLock lock(queue_.mutex_);
    queue_.assignments_.Answered(answer, IsOwn(answer));
    queue_.Count(answer, +1);
    return absl::OkStatus();
  }
  absl::Status Undone(const Answer& answer, uint64_t) override {
    MutexLock lock(queue_.mutex_);
    const Id task(answer.task_id());
    const bool was_known = queue_.assignments_.IsKnown(task);
    queue_.assignments_.Undone(answer, IsOwn(answer));
    // The stream may have passed a task that was answered elsewhere.
    if (was_known && !queue_.assignments_.IsKnown(task)) queue_.stream_->Restart();
    queue_.Count(answer, -1);
    return absl::OkStatus();
  }

 private:
  bool IsOwn(const Answer& answer) const { return answer.queue() == queue_.record_.name(); }

  Queue& queue_;
};

Queue::Queue(storage::v1::Queue record, corpus::Corpus& corpus, const Clock& clock,
             std::unique_ptr<Stream> stream)
    : record_(std::move(record)),
      corpus_(corpus),
      clock_(clock),
      stream_(std::move(stream)),
      follower_(record_.dataset()),
      assignments_(Overlap(record_), static_cast<uint64_t>(absl::ToUnixMicros(clock.Now()))) {}

absl::StatusOr<std::unique_ptr<Queue>> Queue::Open(storage::v1::Queue record,
                                                   corpus::Corpus& corpus, const Clock& clock,
                                                   std::unique_ptr<Stream> stream) {
  std::unique_ptr<Queue> queue(new Queue(std::move(record), corpus, clock, std::move(stream)));
  WINNOW_RETURN_IF_ERROR(queue->Follow(/*wait=*/true));
  const absl::Time now = clock.SteadyNow();
  WINNOW_RETURN_IF_ERROR(
      corpus.reader().ForEachLease(queue->record_.name(), [&](storage::v1::Lease lease) {
        // However the clock was set since, nobody has a task for longer than one may, and the
        // answer of whoever is at it is understood.
        const absl::Time ends =
            std::clamp(clock.ToSteady(absl::FromUnixMicros(lease.expires_unix_micros())),
                       now - kKeepLost + kKeepOpened, now + kMaxLease);
        lease.set_expires_unix_micros(absl::ToUnixMicros(ends));
        MutexLock lock(queue->mutex_);
        queue->assignments_.Load(lease, now);
        return true;
      }));
  return queue;
}

absl::Status Queue::Follow(bool wait) {
  const uint64_t revision = corpus_.revision();
  if (followed_.load() >= revision) return absl::OkStatus();
  if (wait) {
    follow_mutex_.lock();
  } else if (!follow_mutex_.try_lock()) {
    return absl::OkStatus();
  }
  Visitor visitor(*this);
  const absl::Status status = follower_.Follow(corpus_.reader(), revision, visitor);
  if (status.ok()) followed_ = std::max(followed_.load(), revision);
  follow_mutex_.unlock();
  return status;
}

void Queue::Count(const Answer& answer, int by) {
  if (answer.queue() != record_.name()) return;
  const auto add = static_cast<uint64_t>(by);
  if (answer.surplus()) {
    counts_.surplus += add;
  } else {
    counts_.accepted += answer.verdict() == storage::v1::VERDICT_ACCEPT ? add : 0;
    counts_.rejected += answer.verdict() == storage::v1::VERDICT_REJECT ? add : 0;
    counts_.ignored += answer.verdict() == storage::v1::VERDICT_IGNORE ? add : 0;
    counts_.audit += answer.selection().strategy() == stats::kAuditStrategy ? add : 0;
  }
  std::map<uint64_t, absl::Time>& own = by_annotator_[answer.annotator()];
  if (by < 0) {
    own.erase(answer.revision());
    return;
  }
  own[answer.revision()] = absl::FromUnixMicros(answer.answered_unix_micros());
  pace_.push_back(absl::Microseconds(answer.took_micros()));
  if (pace_.size() > kPaceAnswers) pace_.pop_front();
}

// Leasing.

absl::StatusOr<Emptiness> Queue::WhyNotFor(absl::string_view annotator) {
  if (record_.mode() == storage::v1::QUEUE_MODE_ARCHIVED) {
    return Refused<absl::FailedPreconditionError>("QUEUE_ARCHIVED", "queue '", record_.name(),
                                                  "' is archived; a manager can open it again");
  }
  const auto& people = record_.people();
  if (!people.empty() && std::find(people.begin(), people.end(), annotator) == people.end()) {
    return Refused<absl::PermissionDeniedError>("NOT_ON_QUEUE", "queue '", record_.name(),
                                                "' is for others than '", annotator, "'");
  }
  if (record_.mode() == storage::v1::QUEUE_MODE_PAUSED) {
    return Emptiness{NoTask::kPaused, absl::InfiniteFuture(),
                     absl::StrCat("queue '", record_.name(), "' is paused by a manager")};
  }
  if (record_.daily_quota() == 0) return Emptiness{};
  const absl::Time now = clock_.Now();
  MutexLock lock(mutex_);
  const auto own = by_annotator_.find(annotator);
  const uint64_t num_today = own == by_annotator_.end() ? 0 : CountSince(own->second, DayOf(now));
  if (num_today + assignments_.CountLive(annotator) < record_.daily_quota()) return Emptiness{};
  return Emptiness{NoTask::kQuota, DayOf(now) + absl::Hours(24),
                   absl::StrCat("'", annotator, "' has answered as many as queue '", record_.name(),
                                "' takes of one person in a day: ", record_.daily_quota())};
}

std::vector<Lease> Queue::Pick(absl::string_view annotator, uint32_t max_tasks, absl::Duration ttl,
                               Emptiness& emptiness) {
  std::vector<storage::v1::Lease> leases;
  const absl::Time now = clock_.SteadyNow();
  MutexLock lock(mutex_);
  assignments_.Expire(now);
  const auto is_known = [&](const Id& task)
                            WINNOW_REQUIRES(mutex_) { return assignments_.IsKnown(task); };
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
    if (!assignments_.IsOpenFor(Id(task->id()), annotator)) {
      // The person answered it elsewhere, and more people are wanted.
      assignments_.Keep(*task);
      continue;
    }
    leases.push_back(assignments_.Take(*task, annotator, now + ttl));
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
  WINNOW_RETURN_IF_ERROR(stream_->Complete(*lease.mutable_task()));
  WINNOW_ASSIGN_OR_RETURN(LeasedTask leased, WithText(std::move(lease)));
  SetView(leased.example.text(), record_.unsegmented(), *leased.lease.mutable_task());
  const absl::Time ends = absl::FromUnixMicros(leased.lease.expires_unix_micros());
  leased.lease.set_expires_unix_micros(absl::ToUnixMicros(clock_.ToWall(ends)));
  return leased;
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
                  LeaseDone done) {
  if (const absl::Status followed = Follow(/*wait=*/false); !followed.ok()) return done(followed);
  absl::StatusOr<Emptiness> why_not = WhyNotFor(annotator);
  if (!why_not.ok()) return done(why_not.status());
  if (why_not->reason != NoTask::kNone) return done(LeaseReply{{}, *std::move(why_not)});
  Emptiness emptiness;
  const std::vector<storage::v1::Lease> leases = Pick(annotator, max_tasks, ttl, emptiness);
  std::vector<LeasedTask> tasks;
  for (const storage::v1::Lease& lease : leases) {
    absl::StatusOr<LeasedTask> task = Complete(lease);
    if (!task.ok()) {
      Release(leases);
      return done(task.status());
    }
    tasks.push_back(*std::move(task));
  }
  if (tasks.empty()) return done(LeaseReply{{}, std::move(emptiness)});
  {
    MutexLock lock(mutex_);
    for (const LeasedTask& task : tasks) assignments_.Complete(task.lease);
  }
  StoreLeases(std::move(tasks), std::move(emptiness), std::move(done));
}

void Queue::StoreLeases(std::vector<LeasedTask> tasks, Emptiness emptiness, LeaseDone done) {
  auto reply = std::make_shared<LeaseReply>(LeaseReply{std::move(tasks), std::move(emptiness)});
  const auto put = [this, reply](corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
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

// Answering.

absl::StatusOr<storage::v1::Lease> Queue::FindLease(const GivenAnswer& given,
                                                    absl::string_view annotator) {
  const std::string task = absl::StrCat("task ", corpus::IdToHex(given.task.bytes()));
  MutexLock lock(mutex_);
  const storage::v1::Lease* held = assignments_.Find(given.task, annotator);
  if (held != nullptr && held->token() == given.token) return *held;
  if (held != nullptr) {
    return Refused<absl::FailedPreconditionError>(
        "LEASE_LOST", task,
        " is not leased with this fencing token; answer it with the token it came with");
  }
  if (assignments_.HasAnswered(given.task, annotator)) {
    return Refused<absl::FailedPreconditionError>("ALREADY_ANSWERED", "'", annotator,
                                                  "' has answered ", task,
                                                  " already; undo that answer to change it");
  }
  return Refused<absl::NotFoundError>("UNKNOWN_TASK", "'", annotator, "' does not have ", task,
                                      " of queue '", record_.name(), "'; lease the next one");
}

absl::StatusOr<Answer> Queue::MakeAnswer(const GivenAnswer& given, absl::string_view annotator) {
  const absl::Time now = clock_.SteadyNow();
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Lease lease, FindLease(given, annotator));
  uint32_t num_code_points = 0;
  if (!given.judgement.spans.empty()) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::Example example,
                            corpus_.reader().GetExample(lease.task().example_id()));
    num_code_points = static_cast<uint32_t>(text::NumCodePoints(example.text()));
  }
  WINNOW_ASSIGN_OR_RETURN(Answer answer,
                          tasks::MakeAnswer(lease.task(), given.judgement, num_code_points));
  answer.set_annotator(std::string(annotator));
  answer.set_answered_unix_micros(absl::ToUnixMicros(clock_.Now()));
  answer.set_queue(record_.name());
  WINNOW_ASSIGN_OR_RETURN(*answer.mutable_fields_json(), FieldsOf(lease.task().example_id()));
  answer.set_late(absl::FromUnixMicros(lease.expires_unix_micros()) <= now);

  MutexLock lock(mutex_);
  assignments_.Expire(now);
  // Others may have all the places by now. The answer is kept even so.
  answer.set_surplus(!assignments_.Revive(given.task, annotator, now + kStoring));
  return answer;
}

corpus::Mutation Queue::StoreAnswer(const corpus::RequestKey& key, Answer answer) const {
  const auto append = [this, answer = std::move(answer)](
                          corpus::Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_ASSIGN_OR_RETURN(const Answer stored,
                            transaction.AnswerTask(record_.dataset(), answer,
                                                   Overlap(record_).Of(Id(answer.task_id()))));
    transaction.DeleteLease(record_.name(), answer.task_id(), answer.annotator());
    StoredAnswer reply;
    reply.set_revision(stored.revision());
    reply.set_late(stored.late());
    reply.set_surplus(stored.surplus());
    return reply.SerializeAsString();
  };
  return {key, append};
}

void Queue::Submit(absl::string_view annotator, std::vector<GivenAnswer> answers, SubmitDone done) {
  std::vector<corpus::Mutation> mutations;
  for (const GivenAnswer& given : answers) {
    absl::StatusOr<Answer> answer = MakeAnswer(given, annotator);
    mutations.push_back(answer.ok() ? StoreAnswer(given.key, *std::move(answer))
                                    : Refuse(given.key, answer.status()));
  }
  corpus_.MutateLater(std::move(mutations),
                      [this, done = std::move(done)](corpus::Replies replies) {
                        std::vector<absl::StatusOr<StoredAnswer>> results;
                        for (absl::StatusOr<std::string>& reply : replies)
                          results.push_back(ParseStored(std::move(reply)));
                        stream_->Wake();
                        done(std::move(results));
                      });
}

absl::StatusOr<QueueFacts> Queue::Facts() {
  WINNOW_RETURN_IF_ERROR(Follow(/*wait=*/true));
  QueueFacts facts;
  facts.stream = stream_->Facts();
  MutexLock lock(mutex_);
  assignments_.Expire(clock_.SteadyNow());
  facts.num_accepted = counts_.accepted;
  facts.num_rejected = counts_.rejected;
  facts.num_ignored = counts_.ignored;
  facts.num_audit_answers = counts_.audit;
  facts.num_surplus = counts_.surplus;
  facts.num_leased = assignments_.num_live();
  facts.num_begun = assignments_.num_offered();
  for (const auto& [person, own] : by_annotator_) {
    PersonFacts& of_person = facts.people[person];
    of_person.num_answers = own.size();
    of_person.num_today = CountSince(own, DayOf(clock_.Now()));
    of_person.num_leased = assignments_.CountLive(person);
    if (!own.empty()) of_person.last_answer = own.rbegin()->second;
  }
  if (pace_.size() >= kMinPaceAnswers) {
    facts.pace = std::accumulate(pace_.begin(), pace_.end(), absl::Duration()) /
                 static_cast<int64_t>(pace_.size());
  }
  return facts;
}

uint64_t Queue::Generation() {
  // A look at the queue may miss what another thread is just taking in. A quota is that of a day.
  const uint64_t of_stream =
      stream_->Generation() + corpus_.revision() + followed_.load() +
      static_cast<uint64_t>(absl::ToInt64Hours(DayOf(clock_.Now()) - absl::UnixEpoch()));
  MutexLock lock(mutex_);
  assignments_.Expire(clock_.SteadyNow());
  return of_stream + assignments_.num_offers();
}

void Queue::Sweep() {
  std::vector<std::pair<Id, std::string>> forgotten;
  {
    MutexLock lock(mutex_);
    assignments_.Expire(clock_.SteadyNow());
    forgotten = assignments_.Forget(clock_.SteadyNow() - kKeepLost);
  }
  if (forgotten.empty()) return;
  const auto remove = [&](corpus::Transaction& transaction) {
    MutexLock lock(mutex_);
    for (const auto& [task, annotator] : forgotten) {
      // The person may have leased it anew since, which may be on disk already.
      if (assignments_.Find(task, annotator) == nullptr)
        transaction.DeleteLease(record_.name(), task.bytes(), annotator);
    }
    return absl::OkStatus();
  };
  const absl::Status removed = corpus_.Change(remove);
  if (!removed.ok())
    LogWarning("queue ", record_.name(), ": old leases stay on disk: ", removed.message());
}

}  // namespace winnow::tasks

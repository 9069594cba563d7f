#include "common/tasks/queue.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/stats/asking.h"
#include "common/tasks/gold_tasks.h"

namespace winnow::tasks {
namespace {

using corpus::Id;
using storage::v1::Answer;
using storage::v1::Task;

// How long a lost lease is kept, so that a late answer is understood.
constexpr absl::Duration kKeepLost = absl::Hours(24);
// For so long after an opening it is kept at least, however the clock was set meanwhile. Less than
// kIdle (queues.h), or a queue that is opened again and again would keep it forever.
constexpr absl::Duration kKeepOpened = absl::Minutes(5);

// Without gold data sets, or those of them that there are not any more, people are checked all the
// same by their own answers.
std::vector<Task> GoldOrNone(const storage::v1::Queue& record, const corpus::Corpus& corpus) {
  absl::StatusOr<std::vector<Task>> gold = ReadGoldTasks(record, corpus.reader());
  if (gold.ok()) return *std::move(gold);
  LogWarning("queue ", record.name(), " asks no gold tasks: ", gold.status().message());
  return {};
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
    queue_.checks_.Clear();
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
      assignments_(Overlap(record_), static_cast<uint64_t>(absl::ToUnixMicros(clock.Now()))),
      checks_(record_, GoldOrNone(record_, corpus)) {}

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
    counts_.surplus += answer.has_check() ? 0 : add;
  } else {
    counts_.accepted += answer.verdict() == storage::v1::VERDICT_ACCEPT ? add : 0;
    counts_.rejected += answer.verdict() == storage::v1::VERDICT_REJECT ? add : 0;
    counts_.ignored += answer.verdict() == storage::v1::VERDICT_IGNORE ? add : 0;
    counts_.audit += answer.selection().strategy() == stats::kAuditStrategy ? add : 0;
  }
  std::map<uint64_t, absl::Time>& own = by_annotator_[answer.annotator()];
  if (by < 0) {
    own.erase(answer.revision());
    checks_.Removed(answer);
    return;
  }
  checks_.Added(answer);
  own[answer.revision()] = absl::FromUnixMicros(answer.answered_unix_micros());
  if (answer.took_micros() == 0) return;
  pace_.push_back(absl::Microseconds(answer.took_micros()));
  if (pace_.size() > kPaceAnswers) pace_.pop_front();
}

// The beginning of the day (UTC).
absl::Time Queue::Today() const {
  return absl::UnixEpoch() + absl::Floor(clock_.Now() - absl::UnixEpoch(), absl::Hours(24));
}

uint64_t Queue::CountToday(absl::string_view annotator) const {
  const auto own = by_annotator_.find(annotator);
  if (own == by_annotator_.end()) return 0;
  const absl::Time today = Today();
  // Later revisions are of later times, but for clocks that were set.
  const auto earlier = std::find_if(own->second.rbegin(), own->second.rend(),
                                    [&](const auto& answer) { return answer.second < today; });
  return static_cast<uint64_t>(std::distance(own->second.rbegin(), earlier));
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
    of_person.num_today = CountToday(person);
    of_person.num_leased = assignments_.CountLive(person);
    if (!own.empty()) of_person.last_answer = own.rbegin()->second;
    of_person.checks = checks_.Facts(person);
  }
  if (pace_.size() >= kMinPaceAnswers) {
    facts.pace = std::accumulate(pace_.begin(), pace_.end(), absl::Duration()) /
                 static_cast<int64_t>(pace_.size());
  }
  return facts;
}

uint64_t Queue::Generation() {
  // A look at the queue may miss what another thread is just taking in. A quota is that of a day.
  const uint64_t of_stream = stream_->Generation() + corpus_.revision() + followed_.load() +
                             static_cast<uint64_t>(absl::ToInt64Hours(Today() - absl::UnixEpoch()));
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

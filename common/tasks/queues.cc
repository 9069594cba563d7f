#include "common/tasks/queues.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/await.h"
#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::tasks {
namespace {

constexpr absl::Duration kFirstBackOff = absl::Seconds(1);
constexpr absl::Duration kLongestBackOff = absl::Minutes(1);

// What a person chose, without what was found out when the queue was made.
std::string SettingsOf(storage::v1::Queue queue) {
  queue.clear_created_unix_micros();
  queue.clear_frames();
  queue.clear_mode();
  return queue.SerializeAsString();
}

absl::Status ShutsDown() {
  return absl::UnavailableError("the service shuts down; ask again when it is back");
}

}  // namespace

Queues::Queues(corpus::Corpus& corpus, const Clock& clock, OpenStreamFn open_stream)
    : corpus_(corpus),
      clock_(clock),
      open_stream_(std::move(open_stream)),
      maintenance_([this] { Maintain(); }) {}

void Queues::Stop() {
  std::vector<GetDone> waiting;
  std::vector<std::shared_ptr<Queue>> open;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (auto& [name, slot] : slots_) {
      if (slot.progress != nullptr) slot.progress->stopping = true;
      std::move(slot.waiting.begin(), slot.waiting.end(), std::back_inserter(waiting));
      slot.waiting.clear();
      if (slot.queue != nullptr) open.push_back(slot.queue);
    }
  }
  stopping_changed_.NotifyAll();
  for (const GetDone& done : waiting) done(ShutsDown());
  for (const std::shared_ptr<Queue>& queue : open) queue->stream().Stop();
}

Queues::~Queues() {
  Stop();
  maintenance_.join();
  std::vector<Opener> openers;
  {
    MutexLock lock(mutex_);
    openers.swap(openers_);
  }
  for (Opener& opener : openers) opener.thread.join();
}

absl::Status Queues::Create(const corpus::RequestKey& key, const storage::v1::Queue& queue) {
  const auto put = [&](corpus::Transaction& transaction) -> absl::Status {
    const absl::StatusOr<storage::v1::Queue> existing = transaction.GetQueue(queue.name());
    if (absl::IsNotFound(existing.status())) return transaction.PutQueue(queue);
    WINNOW_RETURN_IF_ERROR(existing.status());
    if (SettingsOf(*existing) == SettingsOf(queue)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("queue '", queue.name(),
                     "' exists with other settings; use the same ones to go on, or another name"));
  };
  return corpus_.Change(key, put);
}

absl::Status Queues::Delete(const corpus::RequestKey& key, absl::string_view name) {
  WINNOW_RETURN_IF_ERROR(corpus_.Change(
      key, [&](corpus::Transaction& transaction) { return transaction.DeleteQueue(name); }));
  Close(name);
  return absl::OkStatus();
}

void Queues::Close(absl::string_view name) {
  // Destroyed without the lock.
  std::shared_ptr<Queue> closed;
  MutexLock lock(mutex_);
  const auto slot = slots_.find(name);
  if (slot == slots_.end()) return;
  slot->second.is_stale = slot->second.state == QueueState::kOpening;
  if (slot->second.is_stale) return;
  closed = std::move(slot->second.queue);
  slots_.erase(slot);
}

void Queues::StartOpening(const std::string& name, Slot& slot) {
  slot.state = QueueState::kOpening;
  slot.progress = std::make_shared<OpenProgress>();
  for (Opener& opener : openers_) {
    if (*opener.ended) opener.thread.join();
  }
  std::erase_if(openers_, [](const Opener& opener) { return !opener.thread.joinable(); });
  auto ended = std::make_shared<std::atomic<bool>>(false);
  openers_.push_back({std::thread([this, name, progress = slot.progress, ended] {
                        Open(name, *progress);
                        *ended = true;
                      }),
                      ended});
}

absl::StatusOr<std::shared_ptr<Queue>> Queues::OpenQueue(const std::string& name,
                                                         OpenProgress& progress) {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue record, corpus_.reader().GetQueue(name));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, open_stream_(record, progress));
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<Queue> queue,
                          Queue::Open(record, corpus_, clock_, std::move(stream)));
  return reaper_.Own(std::move(queue));
}

void Queues::Open(const std::string& name, OpenProgress& progress) {
  const absl::Time begin = clock_.SteadyNow();
  absl::StatusOr<std::shared_ptr<Queue>> queue = OpenQueue(name, progress);
  std::vector<GetDone> waiting;
  {
    MutexLock lock(mutex_);
    Slot& slot = slots_[name];
    while (std::exchange(slot.is_stale, false)) {
      mutex_.unlock();
      queue = OpenQueue(name, progress);
      mutex_.lock();
    }
    waiting.swap(slot.waiting);
    slot.progress = nullptr;
    if (queue.ok()) {
      slot.state = QueueState::kOpen;
      slot.queue = *queue;
      slot.back_off = absl::ZeroDuration();
      slot.last_used = clock_.SteadyNow();
    } else if (absl::IsNotFound(queue.status()) && ReasonOf(queue.status()) == "UNKNOWN_QUEUE") {
      slots_.erase(name);
    } else {
      slot.state = QueueState::kFailed;
      slot.error = queue.status();
      slot.back_off = std::clamp(2 * slot.back_off, kFirstBackOff, kLongestBackOff);
      slot.retry_at = clock_.SteadyNow() + slot.back_off;
    }
  }
  if (queue.ok()) {
    LogEvent(LogLevel::kInfo, "queue_opened",
             {{"queue", name}, {"ms", absl::ToInt64Milliseconds(clock_.SteadyNow() - begin)}});
  } else {
    LogEvent(LogLevel::kWarning, "queue_not_opened",
             {{"queue", name}, {"error", queue.status().message()}});
  }
  // Whoever is told last gets the reference of this thread, too: it must not keep the queue from
  // being idle.
  for (size_t i = 0; i < waiting.size(); ++i)
    waiting[i](i + 1 < waiting.size() ? queue : std::move(queue));
}

void Queues::Get(absl::string_view name, GetDone done) {
  absl::StatusOr<std::shared_ptr<Queue>> result = ShutsDown();
  {
    MutexLock lock(mutex_);
    auto it = slots_.find(name);
    if (it == slots_.end()) it = slots_.try_emplace(std::string(name)).first;
    Slot& slot = it->second;
    const absl::Time now = clock_.SteadyNow();
    if (slot.state == QueueState::kOpen) {
      slot.last_used = now;
      result = slot.queue;
    } else if (slot.state == QueueState::kFailed && now < slot.retry_at) {
      result = WithRetryAfter(slot.error, slot.retry_at - now);
    } else if (!stopping_) {
      slot.waiting.push_back(std::move(done));
      if (slot.state != QueueState::kOpening) StartOpening(it->first, slot);
      return;
    }
  }
  done(std::move(result));
}

absl::StatusOr<std::shared_ptr<Queue>> Queues::Wait(absl::string_view name) {
  return Await<absl::StatusOr<std::shared_ptr<Queue>>>(
      [&](GetDone done) { Get(name, std::move(done)); });
}

std::shared_ptr<Queue> Queues::FindOpen(absl::string_view name) const {
  MutexLock lock(mutex_);
  const auto slot = slots_.find(name);
  return slot == slots_.end() ? nullptr : slot->second.queue;
}

SlotFacts Queues::Facts(absl::string_view name) const {
  MutexLock lock(mutex_);
  SlotFacts facts;
  const auto it = slots_.find(name);
  if (it == slots_.end()) return facts;
  const Slot& slot = it->second;
  facts.state = slot.state;
  facts.error = slot.error;
  facts.retry_at = slot.retry_at;
  if (slot.progress != nullptr) {
    facts.num_done = slot.progress->done;
    facts.num_total = slot.progress->total;
  }
  return facts;
}

void Queues::CloseIdle() {
  std::vector<std::shared_ptr<Queue>> closed, open;
  {
    MutexLock lock(mutex_);
    const absl::Time idle_since = clock_.SteadyNow() - kIdle;
    for (auto it = slots_.begin(); it != slots_.end();) {
      Slot& slot = it->second;
      // Whoever works with the queue holds it, too.
      const bool idle = slot.state == QueueState::kOpen && slot.last_used <= idle_since &&
                        slot.queue.use_count() == 1;
      if (idle) {
        LogEvent(LogLevel::kInfo, "queue_closed", {{"queue", it->first}, {"why", "idle"}});
        closed.push_back(std::move(slot.queue));
        it = slots_.erase(it);
        continue;
      }
      if (slot.state == QueueState::kOpen) open.push_back(slot.queue);
      ++it;
    }
  }
  closed.clear();
  for (const std::shared_ptr<Queue>& queue : open) queue->Sweep();
}

void Queues::Maintain() {
  constexpr std::chrono::milliseconds kInterval = std::chrono::minutes(1);
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      stopping_changed_.WaitFor(mutex_, kInterval);
      if (stopping_) return;
    }
    CloseIdle();
  }
}

}  // namespace winnow::tasks

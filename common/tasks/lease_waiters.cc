#include "common/tasks/lease_waiters.h"

#include <map>
#include <utility>

namespace winnow::tasks {

LeaseWaiters::LeaseWaiters(Queues& queues, const Clock& clock, std::chrono::milliseconds poll)
    : queues_(queues), clock_(clock), poll_(poll), watcher_([this] { Watch(); }) {}

LeaseWaiters::~LeaseWaiters() {
  Stop();
  watcher_.join();
}

void LeaseWaiters::Stop() {
  Waiting told;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    told.swap(waiting_);
  }
  changed_.NotifyAll();
  for (const std::shared_ptr<Waiter>& waiter : told) waiter->done(std::move(waiter->last));
}

void LeaseWaiters::Lease(LeaseRequest request, Queue::LeaseDone done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->deadline = clock_.SteadyNow() + request.wait;
  waiter->request = std::move(request);
  waiter->done = std::move(done);
  Ask(waiter);
}

void LeaseWaiters::Ask(const std::shared_ptr<Waiter>& waiter) {
  queues_.Get(waiter->request.queue,
              [this, waiter](const absl::StatusOr<std::shared_ptr<Queue>>& queue) {
                if (!queue.ok()) return waiter->done(queue.status());
                Ask(waiter, *queue);
              });
}

void LeaseWaiters::Ask(const std::shared_ptr<Waiter>& waiter, const std::shared_ptr<Queue>& queue) {
  // Read before it is asked: what changes meanwhile is asked for again.
  waiter->generation = queue->Generation();
  const LeaseRequest& request = waiter->request;
  queue->Lease(request.annotator, request.max_tasks, request.ttl, request.held,
               [this, waiter, queue](absl::StatusOr<LeaseReply> reply) {
                 TakeReply(waiter, std::move(reply));
               });
}

void LeaseWaiters::TakeReply(const std::shared_ptr<Waiter>& waiter,
                             absl::StatusOr<LeaseReply> reply) {
  const LeaseRequest& request = waiter->request;
  const bool waits = reply.ok() && reply->tasks.empty() &&
                     request.told.value_or(reply->emptiness.reason) == reply->emptiness.reason &&
                     clock_.SteadyNow() < waiter->deadline && !request.is_gone();
  if (!waits) return waiter->done(std::move(reply));
  waiter->last = *std::move(reply);
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      waiting_.push_back(waiter);
      changed_.NotifyAll();
      return;
    }
  }
  waiter->done(std::move(waiter->last));
}

std::optional<uint64_t> LeaseWaiters::GenerationOf(const std::string& name) const {
  const std::shared_ptr<Queue> queue = queues_.FindOpen(name);
  if (queue == nullptr) return std::nullopt;
  return queue->Generation();
}

void LeaseWaiters::Watch() {
  while (true) {
    Waiting over, news;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && waiting_.empty()) changed_.Wait(mutex_);
      if (stopping_) return;
      changed_.WaitFor(mutex_, poll_);
      std::map<std::string, std::optional<uint64_t>> generations;
      for (auto it = waiting_.begin(); it != waiting_.end();) {
        const auto waiter = it++;
        const std::string& name = (*waiter)->request.queue;
        const auto [generation, is_first] = generations.try_emplace(name);
        if (is_first) generation->second = GenerationOf(name);
        if (clock_.SteadyNow() >= (*waiter)->deadline || (*waiter)->request.is_gone()) {
          over.splice(over.end(), waiting_, waiter);
        } else if (generation->second != (*waiter)->generation) {
          news.splice(news.end(), waiting_, waiter);
        }
      }
    }
    for (const std::shared_ptr<Waiter>& waiter : over) waiter->done(std::move(waiter->last));
    for (const std::shared_ptr<Waiter>& waiter : news) Ask(waiter);
  }
}

}  // namespace winnow::tasks

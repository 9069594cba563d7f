#include "common/tasks/tasks_ahead.h"

namespace winnow::tasks {

using corpus::Id;
using storage::v1::StoredAnswer;

std::shared_ptr<TasksAhead> TasksAhead::Make(const Workplace& workplace, AheadRequest request,
                                             Queue::LeaseDone hand) {
  return std::shared_ptr<TasksAhead>(
      new TasksAhead(workplace, std::move(request), std::move(hand)));
}

// Leasing.

void TasksAhead::LeaseMore() {
  workplace_.worker.Run([self = shared_from_this()] {
    std::optional<LeaseRequest> request = self->NextLease();
    if (!request.has_value()) return;
    request->is_gone = [self] { return self->HasEnded(); };
    self->workplace_.waiters.Lease(*std::move(request), [self](absl::StatusOr<LeaseReply> reply) {
      self->TakeLeases(std::move(reply));
    });
  });
}

std::optional<LeaseRequest> TasksAhead::NextLease() {
  MutexLock lock(mutex_);
  if (leasing_ || failed_ || ended_ || held_.size() >= request_.num_tasks) return std::nullopt;
  leasing_ = true;
  LeaseRequest request;
  request.queue = request_.queue;
  request.annotator = request_.annotator;
  request.max_tasks = request_.num_tasks - static_cast<uint32_t>(held_.size());
  request.ttl = request_.ttl;
  request.wait = absl::InfiniteDuration();
  request.told = told_;
  return request;
}

void TasksAhead::TakeLeases(absl::StatusOr<LeaseReply> reply) {
  bool hand = false;
  {
    MutexLock lock(mutex_);
    // Only the end of the service ends a wait without news.
    if (reply.ok() && reply->tasks.empty() && reply->emptiness.reason == told_)
      reply = absl::UnavailableError("the service shuts down");
    failed_ = !reply.ok();
    if (reply.ok()) {
      for (const LeasedTask& task : reply->tasks)
        held_[Id(task.lease.task().id())] = task.lease.token();
      told_ = reply->emptiness.reason;
    }
    hand = !ended_;
  }
  if (hand) hand_(std::move(reply));
  {
    MutexLock lock(mutex_);
    leasing_ = false;
  }
  GoOn();
}

// What the person does.

void TasksAhead::BeginAction() {
  MutexLock lock(mutex_);
  acting_ = true;
}

void TasksAhead::Drop(const HeldTask& task) {
  const auto held = held_.find(task.task);
  if (held != held_.end() && held->second == task.token) held_.erase(held);
}

void TasksAhead::Submit(GivenAnswer answer, SubmitDone done) {
  BeginAction();
  workplace_.queues.Get(
      request_.queue, [self = shared_from_this(), answer = std::move(answer),
                       done = std::move(done)](absl::StatusOr<std::shared_ptr<Queue>> queue) {
        const HeldTask task{answer.task, answer.token};
        if (!queue.ok()) return self->TakeResult(task, queue.status(), done);
        (*queue)->Submit(
            self->request_.annotator, {answer},
            [self, queue = *queue, task, done](std::vector<absl::StatusOr<StoredAnswer>> results) {
              self->TakeResult(task, std::move(results[0]), done);
            });
      });
}

void TasksAhead::TakeResult(const HeldTask& task, absl::StatusOr<StoredAnswer> result,
                            const SubmitDone& done) {
  {
    MutexLock lock(mutex_);
    acting_ = false;
    // An answer that does not fit, or that the disk did not take, may still be mended or repeated.
    const bool is_done = result.ok() || absl::IsNotFound(result.status()) ||
                         absl::IsFailedPrecondition(result.status());
    if (is_done) Drop(task);
  }
  done(std::move(result));
  GoOn();
}

void TasksAhead::Undo(corpus::RequestKey key, uint64_t revision, UndoDone done) {
  BeginAction();
  workplace_.queues.Get(
      request_.queue, [self = shared_from_this(), key = std::move(key), revision,
                       done = std::move(done)](absl::StatusOr<std::shared_ptr<Queue>> queue) {
        self->workplace_.worker.Run([self, key, revision, done, queue = std::move(queue)] {
          if (!queue.ok()) return self->TakeUndone(queue.status(), done);
          self->TakeUndone(
              (*queue)->Undo(key, self->request_.annotator, revision, self->request_.ttl), done);
        });
      });
}

void TasksAhead::TakeUndone(absl::StatusOr<Queue::Undone> undone, const UndoDone& done) {
  {
    MutexLock lock(mutex_);
    acting_ = false;
    if (undone.ok()) held_[Id(undone->task.lease.task().id())] = undone->task.lease.token();
  }
  done(std::move(undone));
  GoOn();
}

void TasksAhead::Release(const HeldTask& task, std::function<void()> done) {
  BeginAction();
  {
    MutexLock lock(mutex_);
    Drop(task);
  }
  GiveBack({task}, [self = shared_from_this(), done = std::move(done)] {
    {
      MutexLock lock(self->mutex_);
      self->acting_ = false;
    }
    done();
    self->GoOn();
  });
}

void TasksAhead::GiveBack(std::vector<HeldTask> held, std::function<void()> done) {
  if (held.empty()) return done();
  workplace_.queues.Get(
      request_.queue, [person = request_.annotator, held = std::move(held),
                       done = std::move(done)](absl::StatusOr<std::shared_ptr<Queue>> queue) {
        // A queue that is gone has no leases; those that the disk keeps end by themselves.
        if (!queue.ok()) return done();
        (*queue)->GiveBack(person, held, {},
                           [queue = *queue, done](const absl::StatusOr<uint64_t>&) { done(); });
      });
}

// The end.

void TasksAhead::End(std::function<void()> done) {
  {
    MutexLock lock(mutex_);
    ended_ = true;
    end_done_ = std::move(done);
  }
  GoOn();
}

bool TasksAhead::HasEnded() {
  MutexLock lock(mutex_);
  return ended_;
}

void TasksAhead::GoOn() {
  if (!HasEnded()) return LeaseMore();
  std::vector<HeldTask> left;
  std::function<void()> done;
  {
    MutexLock lock(mutex_);
    // What is being leased or answered is not given back before it is known how that ends.
    if (leasing_ || acting_ || end_done_ == nullptr) return;
    done = std::exchange(end_done_, nullptr);
    for (const auto& [task, token] : std::exchange(held_, {})) left.push_back({task, token});
  }
  GiveBack(std::move(left), std::move(done));
}

}  // namespace winnow::tasks

#include "common/teach/learners.h"

#include <algorithm>

namespace winnow::teach {

Learners::Learners(int num_threads, std::chrono::milliseconds poll) : poll_(poll) {
  for (int i = 0; i < num_threads; ++i) threads_.emplace_back([this] { Work(); });
  threads_.emplace_back([this] { Poll(); });
}

Learners::~Learners() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ready_changed_.NotifyAll();
  stopping_changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void Learners::SetReady(Learner* learner, State& state) {
  state = State::kReady;
  ready_.push_back(learner);
  ready_changed_.NotifyOne();
}

void Learners::Add(Learner* learner) {
  MutexLock lock(mutex_);
  SetReady(learner, learners_[learner]);
}

void Learners::Remove(Learner* learner) {
  MutexLock lock(mutex_);
  const auto it = learners_.find(learner);
  if (it == learners_.end()) return;
  while (it->second == State::kRunning || it->second == State::kRunningWoken)
    turn_ended_.Wait(mutex_);
  learners_.erase(it);
  std::erase(ready_, learner);
}

void Learners::Wake(Learner* learner) {
  MutexLock lock(mutex_);
  const auto it = learners_.find(learner);
  if (it == learners_.end()) return;
  if (it->second == State::kIdle) SetReady(learner, it->second);
  if (it->second == State::kRunning) it->second = State::kRunningWoken;
}

void Learners::Work() {
  while (true) {
    Learner* learner = nullptr;
    {
      MutexLock lock(mutex_);
      while (ready_.empty() && !stopping_) ready_changed_.Wait(mutex_);
      if (stopping_) return;
      learner = ready_.front();
      ready_.pop_front();
      learners_[learner] = State::kRunning;
    }
    const bool more = learner->TakeTurn();
    MutexLock lock(mutex_);
    State& state = learners_[learner];
    if (more || state == State::kRunningWoken) {
      SetReady(learner, state);
    } else {
      state = State::kIdle;
    }
    turn_ended_.NotifyAll();
  }
}

void Learners::Poll() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    stopping_changed_.WaitFor(mutex_, poll_);
    for (auto& [learner, state] : learners_) {
      if (state == State::kIdle) SetReady(learner, state);
    }
  }
}

}  // namespace winnow::teach

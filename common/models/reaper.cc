#include "common/models/reaper.h"

#include <utility>

namespace winnow::models {

Reaper::Reaper() : thread_([state = state_] { Run(*state); }) {}

Reaper::~Reaper() {
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.NotifyOne();
  thread_.join();
}

bool Reaper::State::Bury(std::function<void()> destroy) {
  {
    MutexLock lock(mutex);
    if (stopping) return false;
    pending.push_back(std::move(destroy));
  }
  changed.NotifyOne();
  return true;
}

void Reaper::Run(State& state) {
  while (true) {
    std::vector<std::function<void()>> dead;
    {
      MutexLock lock(state.mutex);
      while (state.pending.empty() && !state.stopping) state.changed.Wait(state.mutex);
      if (state.pending.empty()) return;
      dead.swap(state.pending);
    }
    for (const std::function<void()>& destroy : dead) destroy();
  }
}

}  // namespace winnow::models

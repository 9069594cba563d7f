// Destroys what was swapped out on a thread of its own, so that no request pays for freeing an old
// model.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace winnow::models {

// Thread-safe. Objects handed out may outlive the reaper: they are then destroyed where they are
// dropped.
class Reaper {
 public:
  Reaper();
  // Destroys what is pending and joins the thread.
  ~Reaper();

  // A shared pointer whose last release moves the object to the reaper's thread.
  template <typename T>
  std::shared_ptr<const T> Adopt(std::unique_ptr<T> object) {
    return std::shared_ptr<const T>(object.release(), [state = state_](const T* dead) {
      if (!state->Bury([dead] { delete dead; })) delete dead;
    });
  }

 private:
  struct State {
    // False when the thread is gone.
    bool Bury(std::function<void()> destroy);

    Mutex mutex;
    CondVar changed;
    bool stopping WINNOW_GUARDED_BY(mutex) = false;
    std::vector<std::function<void()>> pending WINNOW_GUARDED_BY(mutex);
  };

  static void Run(State& state);

  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::thread thread_;
};

}  // namespace winnow::models

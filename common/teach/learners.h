// The threads on which all queues learn: few, however many queues there are.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <thread>
#include <vector>

#include "common/base/mutex.h"

namespace winnow::teach {

// Thread-safe.
class Learners {
 public:
  // What takes turns. A turn should take a fraction of a second.
  class Learner {
   public:
    virtual ~Learner() = default;
    // Called by one thread at a time; true when there is more to do at once.
    virtual bool TakeTurn() = 0;
  };

  // Each learner has a turn at least every `poll`.
  explicit Learners(int num_threads,
                    std::chrono::milliseconds poll = std::chrono::milliseconds(200));
  // REQUIRES: all learners were removed.
  ~Learners();

  // The learner must live until it is removed; when Remove returns it has no turn any more.
  void Add(Learner* learner);
  void Remove(Learner* learner);
  // There is something new: a turn soon. Nothing happens for one that is not here.
  void Wake(Learner* learner);

 private:
  enum class State : uint8_t { kIdle, kReady, kRunning, kRunningWoken };

  void Work();
  void SetReady(Learner* learner, State& state) WINNOW_REQUIRES(mutex_);
  // Polls those that are idle.
  void Poll();

  const std::chrono::milliseconds poll_;
  Mutex mutex_;
  CondVar ready_changed_;
  CondVar turn_ended_;
  CondVar stopping_changed_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  std::map<Learner*, State> learners_ WINNOW_GUARDED_BY(mutex_);
  // In the order in which they became ready.
  std::deque<Learner*> ready_ WINNOW_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace winnow::teach

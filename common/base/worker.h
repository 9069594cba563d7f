// A thread for what must not wait where it comes up.
#pragma once

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/mailbox.h"

namespace winnow {

// Runs jobs one after the other, in the order in which they came. Thread-safe.
class Worker {
 public:
  Worker() : thread_([this] { Work(); }) {}
  // Runs what is left. REQUIRES: nobody calls any more.
  ~Worker() {
    jobs_.Close();
    thread_.join();
  }

  // Returns at once.
  void Run(std::function<void()> job) { jobs_.Put(std::move(job)); }

 private:
  void Work() {
    while (true) {
      std::vector<std::function<void()>> jobs = jobs_.TakeAll();
      if (jobs.empty()) return;
      // What a job holds goes with it.
      for (std::function<void()>& job : jobs) std::exchange(job, nullptr)();
    }
  }

  Mailbox<std::function<void()>> jobs_;
  std::thread thread_;
};

}  // namespace winnow

// Clean-ups that run when a person presses Ctrl-C, or a supervisor sends SIGTERM, in the middle of
// a command.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>

#include "common/base/mutex.h"

namespace winnow::cli {

// Runs the clean-ups registered (newest first) and ends the process with 128 + signal, as a shell
// expects; a second signal ends it at once. Everything acknowledged is on disk by then, so no more
// is needed. Thread-safe. Never fires unless Watch was called.
class Interrupts {
 public:
  Interrupts() = default;
  ~Interrupts();

  // Starts to wait for SIGINT and SIGTERM. REQUIRES: rpc::BlockTerminationSignals was called before
  // any thread started.
  void Watch();

  // A clean-up that is registered as long as this object lives.
  class Cleanup {
   public:
    Cleanup(Interrupts& interrupts, std::function<void()> run);
    ~Cleanup();
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;

   private:
    Interrupts& interrupts_;
    uint64_t id_;
  };

 private:
  void Run();

  Mutex mutex_;
  uint64_t next_id_ WINNOW_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::function<void()>> cleanups_ WINNOW_GUARDED_BY(mutex_);
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace winnow::cli

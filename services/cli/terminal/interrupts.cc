#include "services/cli/terminal/interrupts.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace winnow::cli {

Interrupts::~Interrupts() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Interrupts::Watch() {
  thread_ = std::thread([this] { Run(); });
}

void Interrupts::Run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  int signal = 0;
  sigwait(&signals, &signal);
  if (stopping_) return;
  // Who cannot wait for the clean-ups presses it again.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  MutexLock lock(mutex_);
  for (auto cleanup = cleanups_.rbegin(); cleanup != cleanups_.rend(); ++cleanup) cleanup->second();
  _exit(128 + signal);
}

Interrupts::Cleanup::Cleanup(Interrupts& interrupts, std::function<void()> run)
    : interrupts_(interrupts) {
  MutexLock lock(interrupts_.mutex_);
  id_ = interrupts_.next_id_++;
  interrupts_.cleanups_.emplace(id_, std::move(run));
}

Interrupts::Cleanup::~Cleanup() {
  MutexLock lock(interrupts_.mutex_);
  interrupts_.cleanups_.erase(id_);
}

}  // namespace winnow::cli

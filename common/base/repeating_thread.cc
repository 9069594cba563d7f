#include "common/base/repeating_thread.h"

#include <chrono>
#include <utility>

namespace winnow {

RepeatingThread::RepeatingThread(absl::Duration interval, std::function<void(std::stop_token)> work)
    : interval_(interval), work_(std::move(work)) {
  thread_ = std::thread([this] {
    while (AwaitTurn()) work_(stop_.get_token());
  });
}

RepeatingThread::~RepeatingThread() {
  stop_.request_stop();
  Wake();
  thread_.join();
}

void RepeatingThread::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.NotifyOne();
}

bool RepeatingThread::AwaitTurn() {
  const std::chrono::steady_clock::time_point turn = SteadyDeadline(interval_);
  MutexLock lock(mutex_);
  while (!woken_ && std::chrono::steady_clock::now() < turn) changed_.WaitUntil(mutex_, turn);
  woken_ = false;
  return !stop_.stop_requested();
}

}  // namespace winnow

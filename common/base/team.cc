#include "common/base/team.h"

namespace winnow {
namespace {

// Some 20 microseconds.
constexpr int kSpins = 500;

// Returns when `value` is no longer `old`.
void AwaitChange(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Team::Team(size_t size) {
  for (size_t member = 1; member < size; ++member)
    threads_.emplace_back([this, member] { Work(member); });
}

Team::~Team() {
  part_ = nullptr;
  task_.fetch_add(1, std::memory_order_release);
  task_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Team::Run(absl::FunctionRef<void(size_t)> part) {
  part_ = &part;
  num_working_.store(static_cast<uint32_t>(threads_.size()), std::memory_order_relaxed);
  task_.fetch_add(1, std::memory_order_release);
  task_.notify_all();
  part(0);
  for (uint32_t working; (working = num_working_.load(std::memory_order_acquire)) != 0;) {
    AwaitChange(num_working_, working);
  }
}

void Team::Work(size_t member) {
  for (uint32_t task = 0;; ++task) {
    AwaitChange(task_, task);
    if (part_ == nullptr) return;
    (*part_)(member);
    num_working_.fetch_sub(1, std::memory_order_release);
    num_working_.notify_one();
  }
}

}  // namespace winnow

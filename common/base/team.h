// Threads that share many short tasks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace winnow {

// For tasks of microseconds to milliseconds, one right after the other: members that wait spin for
// some microseconds before they sleep. Not thread-safe: one owner, who is one of the members.
class Team {
 public:
  // REQUIRES: size > 0. Starts size - 1 threads, which end with the team.
  explicit Team(size_t size);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  size_t size() const { return threads_.size() + 1; }

  // Calls part(i) for every i in [0, size()), each in a thread of its own, and returns when all
  // have returned.
  void Run(absl::FunctionRef<void(size_t)> part);

 private:
  void Work(size_t member);

  const absl::FunctionRef<void(size_t)>* part_ = nullptr;  // null: the end
  std::atomic<uint32_t> task_ = 0;                         // number of tasks given out
  std::atomic<uint32_t> num_working_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace winnow

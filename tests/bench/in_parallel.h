// Work on parts of a range in threads of their own.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

namespace winnow::bench {

// Calls work(first, last) for parts of [0, size), each in its own thread; returns when all are
// done.
template <typename Work>
void InParallel(size_t size, size_t num_threads, const Work& work) {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < num_threads; ++i) {
    threads.emplace_back(work, size * i / num_threads, size * (i + 1) / num_threads);
  }
  work(0, size / num_threads);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace winnow::bench

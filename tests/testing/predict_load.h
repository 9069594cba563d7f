// Clients that ask for predictions without pause, each on a TCP connection of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace winnow::integration {

// Thread-safe.
class PredictLoad {
 public:
  // What the replies of one stretch of time were like.
  struct Block {
    // From request to reply, of each request that succeeded; in no order.
    std::vector<absl::Duration> latencies;
    // What failed, and replies that named no version or an older one than the reply before on their
    // connection.
    std::vector<std::string> failures;
  };

  // Each request has one of the `texts`, in turn, and names `model` by its bare name. REQUIRES:
  // there is a text.
  PredictLoad(const std::string& address, size_t num_connections, std::string model,
              std::vector<std::string> texts);
  // Ends the requests in flight first.
  ~PredictLoad();

  // Waits until a version with at least this number has answered on every connection. The time from
  // now to the first such reply on any of them; infinite when not all have seen it within
  // `timeout`.
  absl::Duration AwaitVersion(uint64_t number, absl::Duration timeout);

  // The replies since the start or the last call.
  Block TakeBlock();

 private:
  // Steady: the machine's clock may be set under a test.
  using Clock = std::chrono::steady_clock;

  struct Connection {
    Mutex mutex;
    Block block WINNOW_GUARDED_BY(mutex);
    uint64_t version WINNOW_GUARDED_BY(mutex) = 0;
    // When `version` came for the first time.
    Clock::time_point since WINNOW_GUARDED_BY(mutex) = Clock::time_point::max();
    std::thread thread;
  };

  void Run(const std::string& address, size_t index);
  static void Note(Connection& connection, const std::string& version, Clock::time_point began,
                   Clock::time_point ended);

  const std::string model_;
  const std::vector<std::string> texts_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace winnow::integration

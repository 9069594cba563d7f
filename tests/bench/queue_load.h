// People at one queue of a server: each asks for a task, thinks, answers, and begins again. A
// thousand of them take one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/rpc/channel.h"
#include "grpcpp/channel.h"
#include "grpcpp/completion_queue.h"

namespace winnow::bench {

// A client that makes one call after the other. Not thread-safe.
class Caller {
 public:
  virtual ~Caller() = default;
  // Begins the next call or wait, with this object as its tag; false when there is none any more.
  // Called to begin with, and whenever what it began has ended.
  virtual bool Next(grpc::CompletionQueue& events) = 0;
};

// Lets them call on this thread until none of them begins anything any more.
void Drive(absl::Span<Caller* const> callers);

// A channel with a TCP connection of its own.
std::shared_ptr<grpc::Channel> OwnConnection(const std::string& address,
                                             rpc::ConnectOptions options = {});

// When callers begin nothing any more.
struct Limits {
  absl::Time end = absl::InfiniteFuture();
  // Answers of each person.
  uint64_t num_answers = UINT64_MAX;
  // Another thread, or a signal, wants it; may be null.
  const std::atomic<bool>* stop = nullptr;

  bool IsOver() const { return absl::Now() >= end || (stop != nullptr && *stop); }
};

struct LoadOptions {
  // Of the server, and what it wants to see.
  std::string address;
  rpc::ConnectOptions connect;
  std::string queue;
  size_t num_people = 1;
  // Mean time from a task to its answer, which is sent at half to one and a half times of it.
  absl::Duration think;
  // Every question is ignored, so that nothing is learnt; else what is likelier than not is
  // accepted.
  bool ignore_all = false;
};

// What people have seen.
struct LoadResult {
  double seconds = 0;
  // Of each call that succeeded, from its start until its reply was looked at.
  std::vector<double> lease_ms;
  std::vector<double> answer_ms;
  // Replies without a task; each is followed by a wait of 20 ms.
  uint64_t num_waits = 0;
  uint64_t num_errors = 0;
  // One of them.
  std::string error;
};

// Each person leases one task at a time, as a browser without a store of tasks would, on a
// connection of its own. Not thread-safe.
class QueueLoad {
 public:
  explicit QueueLoad(const LoadOptions& options);
  ~QueueLoad();

  // A person whose turn is under way when the limits are reached ends it.
  LoadResult Run(const Limits& limits);

 private:
  class Person;

  const LoadOptions options_;
  LoadResult result_;
  Limits limits_;
  std::vector<std::unique_ptr<Person>> people_;
};

// The value that a share `q` of them does not exceed; 0 without any. Sorts them.
double Quantile(std::vector<double>& values, double q);

}  // namespace winnow::bench

// People who lease and answer as fast as they can while the server is killed under them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "services/cli/shell/session.h"
#include "tests/crash/queue_history.h"

namespace winnow::integration {

// How much of something a test does: the number in a variable of the environment, or another one.
size_t NumberFromEnvironment(const char* name, size_t otherwise);

// Makes a model of job titles, and queues in which it asks about one source, each with a data set
// of its own.
absl::Status MakeQueues(cli::Session& session, const std::vector<std::string>& names);

// The server that serves now, and whether people should go home. Thread-safe.
class Door {
 public:
  using Entered = std::shared_ptr<cli::Session>;

  void Open(Entered session);
  // Waits a little for another session than `last`, and returns the one there is.
  Entered Enter(const Entered& last);
  // How many servers there were until now.
  uint64_t num_servers();
  // Counts answers that were acknowledged.
  void CountAnswers(uint64_t number);
  uint64_t num_answers();
  void Close();
  bool is_closing();

 private:
  Mutex mutex_;
  CondVar changed_;
  Entered session_ WINNOW_GUARDED_BY(mutex_);
  uint64_t num_servers_ WINNOW_GUARDED_BY(mutex_) = 0;
  uint64_t num_answers_ WINNOW_GUARDED_BY(mutex_) = 0;
  bool closing_ WINNOW_GUARDED_BY(mutex_) = false;
};

// One person at several queues: mostly quick, at times slow, with many tasks in hand, with a lease
// that ends too early, and taking answers back. Every call that fails as it may when a server dies
// is made again, as it was, until it is answered. Not thread-safe, but for its own thread.
class Person {
 public:
  // `courses`: lists of queues; the person goes on to the next queue of a list when the one before
  // has no more tasks.
  Person(std::string name, uint64_t seed, std::vector<std::vector<std::string>> courses,
         Door& door);
  // The door must have been closed.
  ~Person() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // After Join.
  QueueHistory TakeHistory() { return std::move(history_); }
  bool has_run_out() const { return has_run_out_; }

 private:
  struct Course {
    std::vector<std::string> queues;
    size_t at = 0;
  };
  struct InHand {
    annotation::v1::Task task;
    // Door::num_servers when it was leased.
    uint64_t server = 0;
  };

  void Work();
  void Lease();
  void AnswerSome();
  void TakeBack();
  void Keep(const annotation::v1::Task& task, absl::Duration ttl);
  // Whether something happens that happens so often.
  bool Sometimes(double share) { return random_.Uniform() < share; }

  // An error only when it is none of a server that dies.
  template <typename Request, typename Response>
  absl::Status CallUntilAnswered(grpc::Status (annotation::v1::AnnotationService::Stub::*method)(
                                     grpc::ClientContext*, const Request&, Response*),
                                 const Request& request, Response& response);

  const std::string name_;
  Door& door_;
  Random random_;
  std::vector<Course> courses_;
  bool has_run_out_ = false;
  std::vector<InHand> hand_;
  AnswerTakenBack last_answer_;
  QueueHistory history_;
  Door::Entered session_;
  std::thread thread_;
};

}  // namespace winnow::integration

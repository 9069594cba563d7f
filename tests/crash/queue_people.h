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
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/rpc/channel.h"
#include "services/cli/shell/session.h"
#include "tests/crash/queue_history.h"

namespace winnow::integration {

// How much of something a test does: the number in a variable of the environment, or another one.
size_t NumberFromEnvironment(const char* name, size_t otherwise);

// Makes a model of job titles from examples, under the name kTitles, and the sources kPool and, of
// a few texts, kFew.
inline constexpr char kTitles[] = "titles";
inline constexpr char kPool[] = "pool";
inline constexpr char kFew[] = "few";
absl::Status MakeModelAndSources(cli::Session& session);

// Makes a queue in which the model asks about a source, with a data set of the same name. `share`
// of its tasks are for `overlap` people, the others for one.
absl::Status MakeQueue(cli::Session& session, const std::string& name, const std::string& source,
                       uint32_t overlap = 1, double share = 1);

// The server that serves now, and whether people should go home. Thread-safe.
class Door {
 public:
  struct Server {
    std::string address;
    // From 1 on; 0: there was none yet.
    uint64_t number = 0;
  };

  void Open(std::string address);
  // Waits a little for another server than number `last`, and returns the one there is.
  Server Enter(uint64_t last);
  // Counts answers that were acknowledged.
  void CountAnswers(uint64_t number);
  uint64_t num_answers();
  void Close();
  bool is_closing();

 private:
  Mutex mutex_;
  CondVar changed_;
  Server server_ WINNOW_GUARDED_BY(mutex_);
  uint64_t num_answers_ WINNOW_GUARDED_BY(mutex_) = 0;
  bool closing_ WINNOW_GUARDED_BY(mutex_) = false;
};

// One person at several queues: mostly quick, at times slow, with many tasks in hand, with a lease
// that ends too early, with a token that is not theirs, and taking answers back. Every call that
// fails as it may when a server dies is made again, as it was, until it is answered. Not
// thread-safe, but for its own thread.
class Person {
 public:
  // `courses`: lists of queues; the person goes on to the next queue of a list when the one before
  // has no more tasks. `connect`: what servers want to see.
  Person(std::string name, uint64_t seed, std::vector<std::vector<std::string>> courses, Door& door,
         rpc::ConnectOptions connect = {});
  // The door must have been closed.
  ~Person() { Join(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  // After Join.
  // Answers what a queue has for this person, until it has nothing, and nobody holds anything.
  void AnswerTheRest(const std::string& queue);
  QueueHistory TakeHistory() { return std::move(history_); }
  bool has_run_out() const { return has_run_out_; }

 private:
  struct Course {
    std::vector<std::string> queues;
    size_t at = 0;
  };
  struct InHand {
    annotation::v1::Task task;
    // The number of the server that leased it.
    uint64_t server = 0;
  };

  void Work();
  void Enter();
  void Lease();
  // The tasks go to hand_; without any, why.
  annotation::v1::NoTask LeaseFrom(const std::string& queue, uint32_t max_tasks,
                                   absl::Duration ttl);
  void AnswerSome();
  // Answers the first task in hand with another token than its own.
  void Forge();
  annotation::v1::SubmitAnswersRequest AnswersTo(size_t number);
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
  const rpc::ConnectOptions connect_;
  Random random_;
  std::vector<Course> courses_;
  bool has_run_out_ = false;
  std::vector<InHand> hand_;
  AnswerTakenBack last_answer_;
  QueueHistory history_;
  // Of the server that was entered last.
  Door::Server server_;
  std::unique_ptr<cli::Session> session_;
  std::thread thread_;
};

// What of the history does not hold by the log of a queue, or by what its server tells of it.
absl::StatusOr<QueueFindings> CompareWithServer(cli::Session& session, const std::string& queue,
                                                const OverlapOf& overlap_of,
                                                const QueueHistory& history);

// Both in a few lines.
std::string Describe(const QueueHistory& history, const QueueFindings& findings);

}  // namespace winnow::integration

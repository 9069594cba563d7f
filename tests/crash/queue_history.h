// What people were told by queues that were killed under them, and what of it does not hold.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::integration {

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp);

// A lease that reached a person, who had the task in [since, until) by the server's clock.
struct TaskHeld {
  std::string queue;
  std::string task_id;
  std::string annotator;
  absl::Time since;
  absl::Time until;
};

// An answer that was acknowledged.
struct AnswerGiven {
  std::string queue;
  std::string task_id;
  std::string annotator;
  common::v1::Verdict verdict = common::v1::VERDICT_UNSPECIFIED;
  annotation::v1::SubmitAnswersResponse::Stored stored;
  // The server was killed or stopped between the lease and the acknowledgement.
  bool outlived_a_server = false;
  // When the call was made for the first time, and when it was answered.
  absl::Time sent;
  absl::Time acknowledged;
};

// An answer that was taken back, acknowledged.
struct AnswerTakenBack {
  std::string queue;
  uint64_t revision = 0;
};

// Somebody was told that no task is left for them, when nobody had one and nobody took an answer
// back any more.
struct ToldNothing {
  std::string queue;
  std::string annotator;
};

struct QueueHistory {
  std::vector<TaskHeld> held;
  std::vector<AnswerGiven> given;
  std::vector<AnswerTakenBack> taken_back;
  std::vector<ToldNothing> told_nothing;
  // Answers, undos and leases that were refused, in words.
  std::vector<std::string> refused;
  // Answers with a token that was given to nobody; those of them that were not refused, in words.
  uint64_t num_forged = 0;
  std::vector<std::string> forged_and_taken;
  // Calls that failed and were made again, by status code and, for codes other than UNAVAILABLE,
  // message.
  std::map<std::string, uint64_t> num_repeated;
  // How long people waited for an answer to these calls, from the first try on.
  std::vector<absl::Duration> recovery;

  void Merge(QueueHistory other);
};

// How a queue's log and its history differ. Each but the last two must be 0.
struct QueueFindings {
  // Acknowledged answers and undos that the log does not have, or has otherwise.
  uint64_t num_lost = 0;
  // Answers and undos in the log beyond those that were acknowledged, although every call was made
  // again until it was; acknowledgements of one revision to two answers.
  uint64_t num_doubled = 0;
  // Standing answers of a person to a task that the person had answered.
  uint64_t num_answered_again = 0;
  // Leases of a task to a person whose answer to it stood.
  uint64_t num_handed_again = 0;
  // Answers that are surplus although they had a place, or count although they had none, or are
  // late before their lease was over.
  uint64_t num_wrongly_marked = 0;
  // Answers that were sent when another was acknowledged that has a higher revision.
  uint64_t num_out_of_order = 0;
  // Tasks that are open for a person who was told that there is none.
  uint64_t num_kept_back = 0;
  // Standing answers that count beyond the overlap.
  uint64_t num_counted_too_often = 0;
  // Times when more people than the overlap had a task: by a live lease, or by an answer that
  // counts.
  uint64_t num_held_too_often = 0;
  // Each of the above in words.
  std::vector<std::string> words;

  // Standing answers of the log that count, and that came when all places were taken.
  uint64_t num_counted = 0;
  uint64_t num_surplus = 0;

  void Merge(const QueueFindings& other);
};

// How many people a task is for, by its id.
using OverlapOf = std::function<uint32_t(const std::string& task_id)>;

// `log` is the whole log of the data set of the queue, which has no other queue.
QueueFindings Compare(const std::string& queue, const OverlapOf& overlap_of,
                      const std::vector<annotation::v1::LogEntry>& log,
                      const QueueHistory& history);

}  // namespace winnow::integration

// Where the tasks of a queue come from: one implementation per kind of queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "winnow/annotation/v1/annotation.pb.h"

namespace winnow::annotation {

// What a supply may know of the queue when it picks a task.
struct AskedTasks {
  // True for the id (32 hexadecimal digits) of a task that is leased or answered.
  std::function<bool(const std::string& task_id)> taken;
  // Tasks of this queue leased or answered, and audit questions among them.
  uint64_t num_asked = 0;
  uint64_t num_audit = 0;
};

// Thread-safe.
class TaskSupply {
 public:
  virtual ~TaskSupply() = default;

  // The next task to ask, of those that are not taken; nothing when there is none.
  virtual std::optional<v1::Task> Next(const AskedTasks& asked) = 0;

  // Returns when Next depends on all answers on disk up to `revision`; DeadlineExceeded after
  // `deadline`.
  virtual absl::Status WaitUntilCurrent(uint64_t revision, absl::Time deadline) = 0;

  // Fills what it knows: working model, texts, hidden candidates; of stored tasks, all of them as
  // open.
  virtual void Describe(v1::Queue& queue) const = 0;

  // Why there may be no task, for people.
  virtual std::string ExhaustedReason() const = 0;
};

}  // namespace winnow::annotation

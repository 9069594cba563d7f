// What an OrderedStream asks about the texts of its source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/teach/pool.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// A task in little memory: a whole text, or a span of it.
struct FoundTask {
  corpus::Id example;
  // [start, end) in code points; both 0 for a whole text.
  uint32_t start = 0;
  uint32_t end = 0;
  // Index into the labels of the queue.
  uint32_t label = 0;
  // The larger, the sooner it is asked; equally worthy ones in the order of the source.
  float worth = 0;
};

// Follow, Find and Finish are called by one thread at a time, the others by any.
class TaskFinder {
 public:
  virtual ~TaskFinder() = default;

  // The beginning of a turn: true when what was found before is out of date, and is to be found
  // again when all texts have been read. After an error the stream stands still until the next
  // turn.
  virtual absl::StatusOr<bool> Follow() = 0;
  // "name@N" of the version that tells what a task is worth; empty without one.
  virtual std::string model_version() const = 0;
  // Appends the tasks about a text, and returns how many bytes of text it has read.
  virtual absl::StatusOr<size_t> Find(const corpus::Id& example, std::vector<FoundTask>& found) = 0;
  // The end of a block of texts: what the finder changes itself is stored. After an error the
  // block's texts are found again.
  virtual absl::Status Finish() { return absl::OkStatus(); }

  // Must neither read from disk nor score.
  virtual storage::v1::Task TaskOf(const FoundTask& found) const = 0;
  // Fills in what TaskOf left out.
  virtual absl::Status Complete(storage::v1::Task& task) const = 0;
  // Why there is nothing (left) to ask, for people.
  virtual std::string WhyExhausted() const = 0;
};

}  // namespace winnow::teach

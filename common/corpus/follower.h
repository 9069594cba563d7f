// The one follower of a data set's log, for what is kept up to date with it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

// What a follower tells, in the order of revisions. An error stops it before that record, which is
// told again with the next call.
class LogVisitor {
 public:
  virtual ~LogVisitor() = default;
  // Forget everything: the data set was dropped, or made anew.
  virtual void Restart() = 0;
  virtual absl::Status Added(const storage::v1::Answer& answer) = 0;
  // `answer` was taken back by the record with revision `undo`.
  virtual absl::Status Undone(const storage::v1::Answer& answer, uint64_t undo) = 0;
};

// A position in the log of the data set of that name, which need not exist yet. Not thread-safe.
class LogFollower {
 public:
  explicit LogFollower(std::string dataset) : dataset_(std::move(dataset)) {}

  // Tells everything that came since the last call, up to a revision.
  absl::Status Follow(const CorpusReader& reader, uint64_t up_to_revision, LogVisitor& visitor);

  // The last revision told; 0 before the first one.
  uint64_t revision() const { return revision_; }

 private:
  const std::string dataset_;
  // Of the data set that was read; 0 for none. Another one of the same name has another id.
  uint64_t dataset_id_ = 0;
  uint64_t revision_ = 0;
};

}  // namespace winnow::corpus

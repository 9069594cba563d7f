// The audit frames of an open queue, made where one is missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/models/version_name.h"
#include "common/teach/audit_questions.h"
#include "common/teach/environment.h"
#include "common/teach/frame_making.h"
#include "common/teach/pool.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::teach {

// Not thread-safe.
class AuditFrames {
 public:
  AuditFrames(const TeachEnvironment& environment, const storage::v1::Queue& queue)
      : environment_(environment), queue_(queue) {}

  // Takes the texts of the frames into an empty pool, and makes the first one if that has not been
  // done.
  absl::Status Open(Pool& pool, const ProgressFn& progress);

  // The following return whether there is another frame, or another one is asked.

  // Makes a further frame of hold-out texts that are in none yet, if they are enough.
  absl::StatusOr<bool> FollowPool(const Pool& pool, uint64_t pool_revision,
                                  const models::VersionName& serving, const ProgressFn& progress);
  // Makes the frame of what the model's candidate predicts outside of the frames; only that of the
  // candidate that there is now is asked.
  absl::StatusOr<bool> FollowCandidate(const models::VersionName& serving,
                                       const ProgressFn& progress);

  // By frame, what it asks.
  absl::StatusOr<std::vector<FrameQuestions>> ReadQuestions() const;

 private:
  size_t size() const { return static_cast<size_t>(queue_.frames_size()); }
  bool HasFrameOf(const std::string& candidate) const;
  absl::Status Make(size_t index, const storage::v1::AuditFrame& frame, const Pool& pool,
                    const ProgressFn& progress);
  absl::Status MakeBeside(const std::string& candidate, const models::VersionName& serving,
                          const ProgressFn& progress);
  // After a frame was stored.
  absl::Status ReadQueue();

  const TeachEnvironment environment_;
  // With the frames that are stored.
  storage::v1::Queue queue_;
  // Hold-out texts of the pool that are in a frame.
  size_t num_framed_ = 0;
  // "name@N"; empty without one.
  std::string candidate_;
};

}  // namespace winnow::teach

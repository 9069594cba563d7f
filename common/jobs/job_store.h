// Jobs on disk.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/jobs.pb.h"

namespace winnow::jobs {

// SUCCEEDED, FAILED or CANCELLED.
bool HasEnded(const storage::v1::Job& job);

// Keeps storage.v1.Job under "job/ID", and what only the run of a job needs under "input/ID" as
// long as the job has not ended. Thread-safe.
class JobStore {
 public:
  // The store must outlive it.
  explicit JobStore(kv::Store& store) : store_(store) {}

  // Puts a new job into the batch, with its input, which may be large. InvalidArgument, of this and
  // the next, for a job that could not be read again.
  static absl::Status Add(const storage::v1::Job& job, absl::string_view input, kv::Batch& batch);
  // Replaces a job; one that has ended loses its input. Durable when it returns OK.
  absl::Status Put(const storage::v1::Job& job);

  // A job whose record is damaged is told, by this and the following, as one that has FAILED: with
  // its id, DataLoss and a sentence. NotFound (UNKNOWN_JOB).
  absl::StatusOr<storage::v1::Job> Get(absl::string_view id) const;
  // NotFound when there is no such job or it has ended.
  absl::StatusOr<std::string> GetInput(absl::string_view id) const;

  // Newest first, by id; at most `limit` with ids before `before_id` (empty: from the newest on).
  absl::StatusOr<std::vector<storage::v1::Job>> List(absl::string_view before_id,
                                                     size_t limit) const;
  // The jobs that have not ended, and the damaged ones that may not have, oldest first.
  absl::StatusOr<std::vector<storage::v1::Job>> ListOpen() const;

 private:
  kv::Store& store_;
};

}  // namespace winnow::jobs

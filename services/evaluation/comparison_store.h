// The comparisons on disk, so that they survive a restart.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

struct StoredComparison {
  std::string name;
  // DataLoss when the record is damaged.
  absl::StatusOr<storage::v1::ComparisonRun> run;
};

// Keeps storage.v1.ComparisonRun under "comparison/NAME", and the job up to which a comparison was
// removed under "comparison-removed/NAME". Thread-safe. The database must outlive
// it. Every change is durable when it returns OK.
class ComparisonStore {
 public:
  explicit ComparisonStore(kv::Store& database) : database_(database) {}

  // NotFound, with the nearest names; DataLoss when the record is damaged.
  absl::StatusOr<storage::v1::ComparisonRun> Get(absl::string_view name) const;

  // Stores a new comparison. False, and nothing stored, when there is one of that name.
  absl::StatusOr<bool> Create(const storage::v1::ComparisonRun& run);
  // Replaces a comparison.
  absl::Status Put(const storage::v1::ComparisonRun& run);
  // Those behind `after`, by name, `limit` at most; damaged ones, too.
  absl::StatusOr<std::vector<StoredComparison>> List(absl::string_view after, size_t limit) const;

  // Puts the removal of a comparison, and of what its jobs up to `job_id` did, into the batch.
  static void AddDelete(absl::string_view name, absl::string_view job_id, kv::Batch& batch);
  // The `job_id` of the last removal; empty without one.
  absl::StatusOr<std::string> DeletedUpTo(absl::string_view name) const;

 private:
  std::vector<std::string> Names() const;

  kv::Store& database_;
};

}  // namespace winnow::evaluation

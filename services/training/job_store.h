// The training jobs on disk, so that they survive a restart.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/kv/store.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// Thread-safe.
class JobStore {
 public:
  explicit JobStore(std::unique_ptr<kv::Store> store) : store_(std::move(store)) {}

  // Durable when it returns OK.
  absl::Status Put(const v1::TrainingJob& job);
  // NotFound (UNKNOWN_JOB).
  absl::StatusOr<v1::TrainingJob> Get(const std::string& id) const;
  // By id, which begins with the time of creation; at most `limit` with ids after `after_id`.
  absl::StatusOr<std::vector<v1::TrainingJob>> List(const std::string& after_id, size_t limit) const;

 private:
  const std::unique_ptr<kv::Store> store_;
};

}  // namespace winnow::training

// The training service's database: jobs, which survive a restart, requests that must not run twice,
// and what pools taught.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"
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
  // Newest first, by id, which begins with the time of creation; at most `limit` with ids before
  // `before_id` (empty: from the newest).
  absl::StatusOr<std::vector<v1::TrainingJob>> List(const std::string& before_id,
                                                    size_t limit) const;

  // What is kept of a source; nothing where nothing is.
  absl::Status PutPool(const std::string& source, const storage::v1::Pool& pool);
  absl::StatusOr<std::optional<storage::v1::Pool>> GetPool(const std::string& source) const;

  // Runs `work` and keeps its reply; the same request id and body gets the kept one, another body
  // is AlreadyExists (REQUEST_ID_REUSED). An empty id runs it always.
  absl::StatusOr<std::string> Once(const std::string& request_id, const std::string& body,
                                   const std::function<absl::StatusOr<std::string>()>& work);

 private:
  const std::unique_ptr<kv::Store> store_;
  // Held while a request runs, so that its repetition waits for it.
  Mutex once_mutex_;
};

}  // namespace winnow::training

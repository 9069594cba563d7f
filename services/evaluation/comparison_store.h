// The comparisons on disk, so that they survive a restart.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// A mutating request, so that its repetition is recognised. An empty id switches this off.
struct RequestIdentity {
  std::string id;
  // SHA-256 of the request's body without its id.
  std::string body_digest;
};

// Thread-safe. The database must outlive it. Every change is durable when it returns OK.
class ComparisonStore {
 public:
  explicit ComparisonStore(kv::Store& database) : database_(database) {}

  // NotFound, with the nearest names.
  absl::StatusOr<storage::v1::ComparisonRun> Get(absl::string_view name) const;

  // Stores a new comparison together with the request that made it. False, and nothing stored, when
  // there is one of that name.
  absl::StatusOr<bool> Create(const storage::v1::ComparisonRun& run,
                              const RequestIdentity& request);
  // Replaces a comparison.
  absl::Status Put(const storage::v1::ComparisonRun& run);

  // The name of the comparison that a request was answered with; empty for a new request, or one
  // without id. AlreadyExists (REQUEST_ID_REUSED) when the id came with another body.
  absl::StatusOr<std::string> FindRequest(const RequestIdentity& request) const;
  absl::Status PutRequest(const RequestIdentity& request, const std::string& name);

 private:
  std::vector<std::string> Names() const;

  kv::Store& database_;
};

}  // namespace winnow::evaluation

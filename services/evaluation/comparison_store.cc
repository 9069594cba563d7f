#include "services/evaluation/comparison_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/names.h"
#include "common/base/status.h"

namespace winnow::evaluation {
namespace {

using storage::v1::ComparisonRun;

// comparison/NAME -> ComparisonRun; request/ID -> IdempotencyRecord whose reply is the NAME.
constexpr absl::string_view kComparisons = "comparison/";
constexpr absl::string_view kRequests = "request/";

std::string KeyOf(absl::string_view name) { return absl::StrCat(kComparisons, name); }

void AddRequest(const RequestIdentity& request, const std::string& name, kv::Batch& batch) {
  if (request.id.empty()) return;
  storage::v1::IdempotencyRecord record;
  record.set_body_digest(request.body_digest);
  record.set_reply(name);
  batch.Put(absl::StrCat(kRequests, request.id), record.SerializeAsString());
}

}  // namespace

absl::StatusOr<ComparisonRun> ComparisonStore::Get(absl::string_view name) const {
  const absl::StatusOr<std::string> value = database_.Get(KeyOf(name));
  if (absl::IsNotFound(value.status())) {
    return absl::NotFoundError(
        absl::StrCat("no comparison \"", name, "\".", DidYouMean(name, Names())));
  }
  WINNOW_RETURN_IF_ERROR(value.status());
  ComparisonRun run;
  if (!run.ParseFromString(*value)) {
    return absl::DataLossError(absl::StrCat("the stored comparison \"", name, "\" cannot be read"));
  }
  return run;
}

absl::StatusOr<bool> ComparisonStore::Create(const ComparisonRun& run,
                                             const RequestIdentity& request) {
  kv::Batch batch;
  batch.RequireAbsent(KeyOf(run.name()));
  batch.Put(KeyOf(run.name()), run.SerializeAsString());
  AddRequest(request, run.name(), batch);
  const absl::Status written = database_.Write(batch);
  if (absl::IsAborted(written)) return false;
  WINNOW_RETURN_IF_ERROR(written);
  return true;
}

absl::Status ComparisonStore::Put(const ComparisonRun& run) {
  kv::Batch batch;
  batch.Put(KeyOf(run.name()), run.SerializeAsString());
  return database_.Write(batch);
}

absl::StatusOr<std::string> ComparisonStore::FindRequest(const RequestIdentity& request) const {
  if (request.id.empty()) return "";
  const absl::StatusOr<std::string> value = database_.Get(absl::StrCat(kRequests, request.id));
  if (absl::IsNotFound(value.status())) return "";
  WINNOW_RETURN_IF_ERROR(value.status());
  storage::v1::IdempotencyRecord record;
  if (!record.ParseFromString(*value))
    return absl::DataLossError("a stored request cannot be read");
  if (record.body_digest() == request.body_digest) return record.reply();
  return WithReason(absl::AlreadyExistsError(absl::StrCat("request_id \"", request.id,
                                                          "\" was used for another comparison")),
                    "REQUEST_ID_REUSED");
}

absl::Status ComparisonStore::PutRequest(const RequestIdentity& request, const std::string& name) {
  if (request.id.empty()) return absl::OkStatus();
  kv::Batch batch;
  AddRequest(request, name, batch);
  return database_.Write(batch);
}

std::vector<std::string> ComparisonStore::Names() const {
  std::vector<std::string> names;
  for (auto it = database_.Scan(kv::Range::Prefix(kComparisons)); it->Valid(); it->Next()) {
    names.emplace_back(absl::StripPrefix(it->key(), kComparisons));
  }
  return names;
}

}  // namespace winnow::evaluation

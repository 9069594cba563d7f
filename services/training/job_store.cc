#include "services/training/job_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"

namespace winnow::training {
namespace {

constexpr absl::string_view kPrefix = "job/";
constexpr absl::string_view kRequestPrefix = "request/";
constexpr absl::string_view kPoolPrefix = "pool/";

std::string KeyOf(const std::string& id) { return absl::StrCat(kPrefix, id); }

absl::StatusOr<v1::TrainingJob> Parse(absl::string_view value) {
  storage::v1::TrainingJob record;
  v1::TrainingJob job;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      !job.ParseFromString(record.job())) {
    return absl::DataLossError("a stored training job cannot be read");
  }
  return job;
}

}  // namespace

absl::Status JobStore::Put(const v1::TrainingJob& job) {
  storage::v1::TrainingJob record;
  record.set_id(job.id());
  record.set_job(job.SerializeAsString());
  kv::Batch batch;
  batch.Put(KeyOf(job.id()), record.SerializeAsString());
  return store_->Write(batch);
}

absl::StatusOr<v1::TrainingJob> JobStore::Get(const std::string& id) const {
  const absl::StatusOr<std::string> value = store_->Get(KeyOf(id));
  if (absl::IsNotFound(value.status())) {
    return WithReason(absl::NotFoundError(absl::StrCat("no training job '", id, "'")),
                      "UNKNOWN_JOB");
  }
  if (!value.ok()) return value.status();
  return Parse(*value);
}

absl::StatusOr<std::vector<v1::TrainingJob>> JobStore::List(const std::string& before_id,
                                                            size_t limit) const {
  std::vector<v1::TrainingJob> jobs;
  const kv::Range range = before_id.empty() ? kv::Range::Prefix(kPrefix)
                                            : kv::Range::Between(kPrefix, KeyOf(before_id));
  std::unique_ptr<kv::Iterator> it = store_->Scan(range, kv::Direction::kBackward);
  for (; it->Valid() && jobs.size() < limit; it->Next()) {
    WINNOW_ASSIGN_OR_RETURN(v1::TrainingJob job, Parse(it->value()));
    jobs.push_back(std::move(job));
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return jobs;
}

absl::Status JobStore::PutPool(const std::string& source, const storage::v1::Pool& pool) {
  kv::Batch batch;
  batch.Put(absl::StrCat(kPoolPrefix, source), pool.SerializeAsString());
  return store_->Write(batch);
}

absl::StatusOr<std::optional<storage::v1::Pool>> JobStore::GetPool(
    const std::string& source) const {
  const absl::StatusOr<std::string> value = store_->Get(absl::StrCat(kPoolPrefix, source));
  if (absl::IsNotFound(value.status())) return std::nullopt;
  if (!value.ok()) return value.status();
  storage::v1::Pool pool;
  if (!pool.ParseFromString(*value)) return absl::DataLossError("a stored pool cannot be read");
  return pool;
}

absl::StatusOr<std::string> JobStore::Once(
    const std::string& request_id, const std::string& body,
    const std::function<absl::StatusOr<std::string>()>& work) {
  if (request_id.empty()) return work();
  MutexLock lock(once_mutex_);
  const std::string key = absl::StrCat(kRequestPrefix, request_id);
  const absl::StatusOr<std::string> kept = store_->Get(key);
  if (!kept.ok() && !absl::IsNotFound(kept.status())) return kept.status();
  storage::v1::IdempotencyRecord record;
  if (kept.ok()) {
    if (!record.ParseFromString(*kept)) return absl::DataLossError("a stored reply cannot be read");
    if (record.body_digest() == Sha256Hex(body)) return record.reply();
    return WithReason(absl::AlreadyExistsError(absl::StrCat("request_id '", request_id,
                                                            "' was used for another request")),
                      "REQUEST_ID_REUSED");
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string reply, work());
  record.set_body_digest(Sha256Hex(body));
  record.set_reply(reply);
  kv::Batch batch;
  batch.Put(key, record.SerializeAsString());
  WINNOW_RETURN_IF_ERROR(store_->Write(batch));
  return reply;
}

}  // namespace winnow::training

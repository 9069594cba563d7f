#include "common/kv/once.h"

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::kv {
namespace {

constexpr absl::Duration kSweepInterval = absl::Hours(1);
constexpr size_t kSweptAtOnce = 1'000;
constexpr size_t kMicrosBytes = 8;

// The lengths keep "a","bc" apart from "ab","c".
std::string ScopedId(const RequestKey& key) {
  return absl::StrCat(key.caller.size(), ":", key.caller, key.method.size(), ":", key.method,
                      key.request_id);
}

std::string RequestHash(const RequestKey& key) {
  const Digest256 digest = Sha256(ScopedId(key));
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// Big-endian, so that the order of keys is the order of times.
std::string EncodeMicros(absl::Time time) {
  auto micros = static_cast<uint64_t>(absl::ToUnixMicros(time));
  std::string bytes(kMicrosBytes, '\0');
  for (size_t i = kMicrosBytes; i-- > 0; micros >>= 8) bytes[i] = static_cast<char>(micros & 0xff);
  return bytes;
}

absl::Status ReusedId(const RequestKey& key) {
  return WithReason(absl::AlreadyExistsError(
                        absl::StrCat("request_id \"", absl::Utf8SafeCHexEscape(key.request_id),
                                     "\" was used before for another ", key.method,
                                     " request; use a new one for each request")),
                    "REQUEST_ID_REUSED");
}

}  // namespace

std::string ReplyLog::ReplyKey(absl::string_view request) const {
  return absl::StrCat(replies_, request);
}

std::string ReplyLog::AgeKey(absl::Time kept, absl::string_view request) const {
  return absl::StrCat(by_age_, EncodeMicros(kept), request);
}

absl::StatusOr<std::string> ReplyLog::Find(const RequestKey& key, GetFn get) const {
  if (key.request_id.empty()) return absl::NotFoundError("the request has no id");
  const std::string record_key = ReplyKey(RequestHash(key));
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, get(record_key));
  storage::v1::IdempotencyRecord record;
  if (!record.ParseFromString(bytes)) {
    return absl::DataLossError(
        absl::StrCat("the kept reply \"", absl::CHexEscape(record_key), "\" is damaged"));
  }
  if (record.body_digest() != key.body_digest) return ReusedId(key);
  return std::move(*record.mutable_reply());
}

void ReplyLog::Keep(const RequestKey& key, absl::string_view reply, absl::Time now,
                    PutFn put) const {
  if (key.request_id.empty()) return;
  const std::string request = RequestHash(key);
  storage::v1::IdempotencyRecord record;
  record.set_body_digest(key.body_digest);
  record.set_reply(std::string(reply));
  record.set_created_unix_micros(absl::ToUnixMicros(now));
  put(ReplyKey(request), record.SerializeAsString());
  put(AgeKey(now, request), "");
}

absl::StatusOr<bool> ReplyLog::Sweep(const Store& store, absl::Time now, size_t limit, PutFn put,
                                     DeleteFn remove) const {
  absl::StatusOr<std::string> old_before = store.Get(by_age_);
  if (absl::IsNotFound(old_before.status())) old_before = by_age_;
  WINNOW_RETURN_IF_ERROR(old_before.status());
  const std::string old_now = AgeKey(now - kReplyLifetime, "");
  const auto old = store.Scan(Range::Between(AgeKey(absl::UnixEpoch(), ""), old_now));
  for (size_t swept = 0; old->Valid() && old->key() < *old_before; old->Next(), ++swept) {
    if (swept == limit) return false;
    remove(ReplyKey(old->key().substr(by_age_.size() + kMicrosBytes)));
    remove(std::string(old->key()));
  }
  WINNOW_RETURN_IF_ERROR(old->status());
  // Not written where it changes nothing.
  if (old->Valid() || old_now < *old_before) put(by_age_, old_now);
  return true;
}

// Waits until no other call runs the same request, and keeps others out while it lives.
class Once::Turn {
 public:
  Turn(Once& once, std::string request) : once_(once), request_(std::move(request)) {
    MutexLock lock(once_.mutex_);
    while (!once_.running_.insert(request_).second) once_.ended_.Wait(once_.mutex_);
  }
  ~Turn() {
    MutexLock lock(once_.mutex_);
    once_.running_.erase(request_);
    once_.ended_.NotifyAll();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Once& once_;
  const std::string request_;
};

Once::Once(Store& store, const Clock& clock, ReplyLog log, absl::string_view plans)
    : store_(store), clock_(clock), log_(std::move(log)), plans_(plans) {}

absl::Status Once::Plan(const RequestKey& key, absl::string_view plan) {
  storage::v1::PlannedRequest record;
  record.set_caller(key.caller);
  record.set_method(key.method);
  record.set_request_id(key.request_id);
  record.set_body_digest(key.body_digest);
  record.set_plan(std::string(plan));
  Batch batch;
  batch.Put(PlanKey(key), record.SerializeAsString());
  return store_.Write(batch);
}

absl::StatusOr<std::vector<Once::PlannedRequest>> Once::Unfinished() const {
  std::vector<PlannedRequest> unfinished;
  const auto it = store_.Scan(Range::Prefix(plans_));
  for (; it->Valid(); it->Next()) {
    storage::v1::PlannedRequest record;
    if (!record.ParseFromArray(it->value().data(), static_cast<int>(it->value().size())))
      return absl::DataLossError("the plan of a request is damaged");
    unfinished.push_back(
        {{record.caller(), record.method(), record.request_id(), record.body_digest()},
         record.plan()});
  }
  WINNOW_RETURN_IF_ERROR(it->status());
  return unfinished;
}

std::string Once::PlanKey(const RequestKey& key) const {
  return absl::StrCat(plans_, RequestHash(key));
}

absl::StatusOr<std::string> Once::Find(const RequestKey& key) const {
  return log_.Find(key, [this](absl::string_view record_key) { return store_.Get(record_key); });
}

absl::StatusOr<std::string> Once::Run(const RequestKey& key, WorkFn work) {
  SweepNowAndThen();
  if (key.request_id.empty()) return RunNew(key, work);
  const Turn turn(*this, ScopedId(key));
  absl::StatusOr<std::string> kept = Find(key);
  return absl::IsNotFound(kept.status()) ? RunNew(key, work) : kept;
}

absl::StatusOr<std::string> Once::RunNew(const RequestKey& key, WorkFn work) {
  Batch batch;
  absl::StatusOr<std::string> reply = work(batch);
  if (!reply.ok()) return DropPlan(key, reply.status());
  if (store_.Get(PlanKey(key)).ok()) batch.Delete(PlanKey(key));
  log_.Keep(key, *reply, clock_.Now(), [&](std::string record_key, std::string record) {
    batch.Put(std::move(record_key), std::move(record));
  });
  WINNOW_RETURN_IF_ERROR(store_.Write(batch));
  return reply;
}

absl::Status Once::DropPlan(const RequestKey& key, const absl::Status& why) {
  if (!store_.Get(PlanKey(key)).ok()) return why;
  Batch batch;
  batch.Delete(PlanKey(key));
  const absl::Status dropped = store_.Write(batch);
  if (!dropped.ok()) LogWarning("the plan of a failed request stays: ", dropped.ToString());
  return why;
}

void Once::SweepNowAndThen() {
  {
    MutexLock lock(mutex_);
    const absl::Time now = clock_.SteadyNow();
    if (now < next_sweep_) return;
    next_sweep_ = now + kSweepInterval;
  }
  Batch batch;
  absl::StatusOr<bool> swept = log_.Sweep(
      store_, clock_.Now(), kSweptAtOnce,
      [&](std::string key, std::string value) { batch.Put(std::move(key), std::move(value)); },
      [&](std::string key) { batch.Delete(std::move(key)); });
  if (swept.ok() && !batch.changes().empty()) {
    if (const absl::Status written = store_.Write(batch); !written.ok()) swept = written;
  }
  if (swept.ok() && *swept) return;
  if (!swept.ok()) LogWarning("old replies cannot be swept: ", swept.status().ToString());
  MutexLock lock(mutex_);
  next_sweep_ = absl::InfinitePast();
}

}  // namespace winnow::kv

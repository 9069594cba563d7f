#include "common/corpus/corpus.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"

namespace winnow::corpus {
namespace {

// A group is written when it has grown to this, even if more mutations wait.
constexpr size_t kGroupBytes = size_t{16} << 20;
constexpr absl::Duration kSweepInterval = absl::Hours(1);
constexpr size_t kMaxSweptAtOnce = 10'000;

absl::string_view AsBytes(const Digest256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// REQUEST of keys.h; the lengths keep "a","bc" apart from "ab","c".
std::string RequestHash(const RequestKey& key) {
  return std::string(AsBytes(Sha256(absl::StrCat(
      key.caller.size(), ":", key.caller, key.method.size(), ":", key.method, key.request_id))));
}

// The reply kept for the request, NotFound when there is none, AlreadyExists when its body was
// another.
absl::StatusOr<std::string> LookUpReply(const RequestKey& key, const std::string& request,
                                        GetFn get) {
  const std::string record_key = keys::Reply(request);
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, get(record_key));
  WINNOW_ASSIGN_OR_RETURN(auto record,
                          ParseRecord<storage::v1::IdempotencyRecord>(record_key, bytes));
  if (record.body_digest() != key.body_digest) {
    return WithReason(absl::AlreadyExistsError(
                          absl::StrCat("request_id \"", absl::Utf8SafeCHexEscape(key.request_id),
                                       "\" was used before for another ", key.method,
                                       " request; use a new one for each request")),
                      "REQUEST_ID_REUSED");
  }
  return std::move(*record.mutable_reply());
}

void KeepReply(const RequestKey& key, const std::string& request, const std::string& reply,
               absl::Time now, Overlay& changes) {
  storage::v1::IdempotencyRecord record;
  record.set_body_digest(key.body_digest);
  record.set_reply(reply);
  record.set_created_unix_micros(absl::ToUnixMicros(now));
  changes.Put(keys::Reply(request), record.SerializeAsString());
  changes.Put(keys::ReplyByAge(static_cast<uint64_t>(record.created_unix_micros()), request), "");
}

// What the mutation returns, or the reply of its first execution; its changes are in `changes`.
absl::StatusOr<std::string> RunOnce(const Mutation& mutation, Transaction& transaction,
                                    Overlay& changes) {
  if (mutation.key.request_id.empty()) return mutation.run(transaction);
  const std::string request = RequestHash(mutation.key);
  absl::StatusOr<std::string> kept =
      LookUpReply(mutation.key, request, [&](absl::string_view key) { return changes.Get(key); });
  if (!absl::IsNotFound(kept.status())) return kept;
  WINNOW_ASSIGN_OR_RETURN(std::string reply, mutation.run(transaction));
  KeepReply(mutation.key, request, reply, transaction.now(), changes);
  return reply;
}

// Writes the first records of an empty database.
absl::Status Create(kv::Store& store) {
  if (store.Scan(kv::Range::All())->Valid()) {
    return absl::FailedPreconditionError("the database holds something else than a corpus");
  }
  storage::v1::CorpusInfo info;
  info.set_schema_version(kSchemaVersion);
  info.set_database_id(RandomIdHex());
  kv::Batch batch;
  batch.RequireAbsent(keys::Info());
  batch.Put(keys::Info(), info.SerializeAsString());
  batch.Put(keys::LastRevision(), keys::EncodeNumber(0));
  return store.Write(batch);
}

}  // namespace

// What one caller waits for.
struct Corpus::Call {
  explicit Call(const std::vector<Mutation>& mutations)
      : mutations(mutations), results(mutations.size(), absl::UnknownError("")) {}

  const std::vector<Mutation>& mutations;
  std::vector<absl::StatusOr<std::string>> results;
  // Guarded by mutex_ of the corpus.
  bool done = false;
  // The call is done, or it is its turn to write.
  CondVar changed;
};

// Mutations that have run and are written together.
struct Corpus::Group {
  Group(const kv::Store& store, uint64_t revision) : changes(store), revision(revision) {}

  Overlay changes;
  uint64_t revision;
  std::vector<absl::StatusOr<std::string>*> results;
};

absl::StatusOr<std::unique_ptr<Corpus>> Corpus::Open(std::unique_ptr<kv::Store> store,
                                                     const Clock& clock,
                                                     size_t max_mutation_bytes) {
  const absl::Status info = store->Get(keys::Info()).status();
  if (absl::IsNotFound(info)) WINNOW_RETURN_IF_ERROR(Create(*store));
  WINNOW_ASSIGN_OR_RETURN(CorpusReader reader, CorpusReader::Open(*store));
  WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, reader.GetRevision());
  std::unique_ptr<Corpus> corpus(
      new Corpus(std::move(store), std::move(reader), revision, clock, max_mutation_bytes));
  for (bool swept = false; !swept;) {
    Group group(*corpus->store_, revision);
    swept = corpus->SweepReplies(group.changes);
    corpus->Write(group);
    WINNOW_RETURN_IF_ERROR(corpus->broken_);
  }
  corpus->next_sweep_ = clock.Now() + kSweepInterval;
  return corpus;
}

Corpus::Corpus(std::unique_ptr<kv::Store> store, CorpusReader reader, uint64_t revision,
               const Clock& clock, size_t max_mutation_bytes)
    : store_(std::move(store)),
      reader_(std::move(reader)),
      clock_(clock),
      max_mutation_bytes_(max_mutation_bytes),
      written_revision_(revision),
      revision_(revision) {}

absl::StatusOr<std::string> Corpus::Mutate(const RequestKey& key, const MutateFn& run) {
  return std::move(MutateAll({{key, run}})[0]);
}

std::vector<absl::StatusOr<std::string>> Corpus::MutateAll(const std::vector<Mutation>& mutations) {
  Call call(mutations);
  std::vector<Call*> calls;
  {
    MutexLock lock(mutex_);
    waiting_.push_back(&call);
    while (!call.done && (writing_ || waiting_.front() != &call)) call.changed.Wait(mutex_);
    if (call.done) return std::move(call.results);
    writing_ = true;
    calls.swap(waiting_);
  }
  Commit(calls);
  MutexLock lock(mutex_);
  writing_ = false;
  for (Call* other : calls) {
    other->done = true;
    other->changed.NotifyOne();
  }
  if (!waiting_.empty()) waiting_.front()->changed.NotifyOne();
  return std::move(call.results);
}

void Corpus::Commit(const std::vector<Call*>& calls) {
  auto group = std::make_unique<Group>(*store_, written_revision_);
  if (clock_.Now() >= next_sweep_ && SweepReplies(group->changes))
    next_sweep_ = clock_.Now() + kSweepInterval;
  for (Call* call : calls) {
    for (size_t i = 0; i < call->mutations.size(); ++i) {
      Run(call->mutations[i], *group, call->results[i]);
      if (group->changes.num_bytes() < kGroupBytes) continue;
      Write(*group);
      group = std::make_unique<Group>(*store_, written_revision_);
    }
  }
  Write(*group);
}

void Corpus::Run(const Mutation& mutation, Group& group, absl::StatusOr<std::string>& result) {
  if (!broken_.ok()) {
    result = broken_;
    return;
  }
  Overlay changes(*store_, &group.changes);
  Transaction transaction(*store_, changes, group.revision, clock_.Now());
  result = RunOnce(mutation, transaction, changes);
  if (result.ok() && changes.num_bytes() > max_mutation_bytes_) {
    result = absl::ResourceExhaustedError(absl::StrCat("the change takes ", changes.num_bytes(),
                                                       " bytes; at most ", max_mutation_bytes_,
                                                       " can be stored in one step: split it"));
  }
  if (!result.ok()) return;
  std::move(changes).MoveInto(group.changes);
  group.revision = transaction.revision();
  group.results.push_back(&result);
}

void Corpus::Write(Group& group) {
  if (group.changes.empty()) return;
  kv::Batch batch;
  // A second writer, or a write whose failure was reported but which happened, is noticed here.
  batch.RequireEqual(keys::LastRevision(), keys::EncodeNumber(written_revision_));
  std::move(group.changes).MoveInto(batch);
  if (group.revision != written_revision_)
    batch.Put(keys::LastRevision(), keys::EncodeNumber(group.revision));
  const absl::Status written = store_->Write(batch);
  if (!written.ok()) {
    LogError("the corpus cannot be written: ", written.ToString());
    broken_ =
        absl::UnavailableError(absl::StrCat("the corpus cannot be written: ", written.message()));
    for (absl::StatusOr<std::string>* result : group.results) *result = broken_;
    return;
  }
  written_revision_ = group.revision;
  MutexLock lock(mutex_);
  if (revision_ == written_revision_) return;
  revision_ = written_revision_;
  revision_changed_.NotifyAll();
}

bool Corpus::SweepReplies(Overlay& changes) const {
  const absl::Time oldest = clock_.Now() - kReplyLifetime;
  const auto old =
      store_->Scan(keys::RepliesBefore(static_cast<uint64_t>(absl::ToUnixMicros(oldest))));
  for (size_t swept = 0; old->Valid(); old->Next(), ++swept) {
    if (swept == kMaxSweptAtOnce) return false;
    changes.Delete(keys::Reply(keys::RequestOf(old->key())));
    changes.Delete(std::string(old->key()));
  }
  if (!old->status().ok()) LogWarning("old replies cannot be swept: ", old->status().ToString());
  return true;
}

absl::StatusOr<std::string> Corpus::FindReply(const RequestKey& key) const {
  if (key.request_id.empty()) return absl::NotFoundError("the request has no id");
  return LookUpReply(key, RequestHash(key),
                     [this](absl::string_view record_key) { return store_->Get(record_key); });
}

uint64_t Corpus::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

uint64_t Corpus::WaitForRevision(uint64_t after, absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  MutexLock lock(mutex_);
  while (revision_ <= after) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    // In slices, because an endless timeout overflows the condition variable's clock; rounded up.
    const absl::Duration slice =
        std::min(absl::Ceil(left, absl::Milliseconds(1)), absl::Seconds(1));
    revision_changed_.WaitFor(mutex_, absl::ToChronoMilliseconds(slice));
  }
  return revision_;
}

}  // namespace winnow::corpus

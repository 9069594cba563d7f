#include "common/corpus/corpus.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/await.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"

namespace winnow::corpus {
namespace {

// A group is written when it has grown to this, even if more mutations wait.
constexpr size_t kGroupBytes = size_t{16} << 20;
constexpr absl::Duration kSweepInterval = absl::Hours(1);
constexpr size_t kMaxSweptAtOnce = 10'000;

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

// What callers are told when a write has failed.
absl::Status Refusal(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::UnavailableError(absl::StrCat("the corpus cannot be written: ", status.message()));
}

}  // namespace

// Mutations that came together, and whom to tell.
struct Corpus::Call {
  std::vector<Mutation> mutations;
  Replies replies;
  DoneFn done;
  Durability durability;
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
    WINNOW_RETURN_IF_ERROR(corpus->Write(group));
  }
  corpus->next_sweep_ = clock.SteadyNow() + kSweepInterval;
  corpus->writer_ = std::thread([raw = corpus.get()] { raw->WriteCalls(); });
  corpus->syncer_ = std::thread([raw = corpus.get()] { raw->SyncCalls(); });
  corpus->teller_ = std::thread([raw = corpus.get()] { raw->TellReplies(); });
  return corpus;
}

Corpus::Corpus(std::unique_ptr<kv::Store> store, CorpusReader reader, uint64_t revision,
               const Clock& clock, size_t max_mutation_bytes)
    : store_(std::move(store)),
      reader_(std::move(reader)),
      clock_(clock),
      max_mutation_bytes_(max_mutation_bytes),
      reply_log_(keys::kReplies, keys::kRepliesByAge),
      written_revision_(revision),
      revision_(revision) {}

Corpus::~Corpus() {
  // From the first thread to the last, so that each hands on what it has.
  waiting_.Close();
  if (writer_.joinable()) writer_.join();
  written_.Close();
  if (syncer_.joinable()) syncer_.join();
  lasting_.Close();
  if (teller_.joinable()) teller_.join();
}

absl::StatusOr<std::string> Corpus::Mutate(const RequestKey& key, const MutateFn& run) {
  return std::move(MutateAll({{key, run}})[0]);
}

absl::Status Corpus::Change(const RequestKey& key, const ChangeFn& change) {
  const auto run = [&](Transaction& transaction) -> absl::StatusOr<std::string> {
    WINNOW_RETURN_IF_ERROR(change(transaction));
    return "";
  };
  return Mutate(key, run).status();
}

Replies Corpus::MutateAll(std::vector<Mutation> mutations) {
  return Await<Replies>([&](DoneFn done) { MutateLater(std::move(mutations), std::move(done)); });
}

void Corpus::MutateLater(std::vector<Mutation> mutations, DoneFn done, Durability durability) {
  Replies replies(mutations.size(), absl::UnknownError(""));
  waiting_.Put({std::move(mutations), std::move(replies), std::move(done), durability});
}

void Corpus::WriteCalls() {
  for (std::vector<Call> calls = waiting_.TakeAll(); !calls.empty(); calls = waiting_.TakeAll()) {
    Commit(calls);
    for (Call& call : calls)
      (call.durability == Durability::kProcess ? lasting_ : written_).Put(std::move(call));
  }
}

void Corpus::SyncCalls() {
  for (std::vector<Call> calls = written_.TakeAll(); !calls.empty(); calls = written_.TakeAll()) {
    // Everything up to here is written; what the writer adds meanwhile waits for the next time.
    const uint64_t revision = written_revision_;
    const absl::Status synced = Refusal(store_->Sync());
    if (synced.ok()) Advance(revision);
    for (Call& call : calls) {
      for (absl::StatusOr<std::string>& reply : call.replies)
        if (reply.ok() && !synced.ok()) reply = synced;
      lasting_.Put(std::move(call));
    }
  }
}

void Corpus::TellReplies() {
  for (std::vector<Call> calls = lasting_.TakeAll(); !calls.empty(); calls = lasting_.TakeAll()) {
    for (Call& call : calls) {
      // What it holds is let go when it is told, not when the next one comes.
      Call told = std::move(call);
      told.done(std::move(told.replies));
    }
  }
}

void Corpus::Commit(std::vector<Call>& calls) {
  auto group = std::make_unique<Group>(*store_, written_revision_);
  if (clock_.SteadyNow() >= next_sweep_ && SweepReplies(group->changes))
    next_sweep_ = clock_.SteadyNow() + kSweepInterval;
  for (Call& call : calls) {
    for (size_t i = 0; i < call.mutations.size(); ++i) {
      Run(call.mutations[i], *group, call.replies[i]);
      if (group->changes.num_bytes() < kGroupBytes) continue;
      (void)Write(*group);
      group = std::make_unique<Group>(*store_, written_revision_);
    }
  }
  (void)Write(*group);
}

void Corpus::Run(const Mutation& mutation, Group& group, absl::StatusOr<std::string>& result) {
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

absl::Status Corpus::Write(Group& group) {
  if (group.changes.empty()) return absl::OkStatus();
  kv::Batch batch;
  // A second writer is noticed here.
  batch.RequireEqual(keys::LastRevision(), keys::EncodeNumber(written_revision_));
  std::move(group.changes).MoveInto(batch);
  if (group.revision != written_revision_)
    batch.Put(keys::LastRevision(), keys::EncodeNumber(group.revision));
  const absl::Status written = Refusal(store_->WriteUnsynced(batch));
  if (written.ok()) {
    written_revision_ = group.revision;
  } else {
    for (absl::StatusOr<std::string>* result : group.results) *result = written;
  }
  return written;
}

void Corpus::Advance(uint64_t revision) {
  MutexLock lock(mutex_);
  if (revision_ == revision) return;
  revision_ = revision;
  revision_changed_.NotifyAll();
}

absl::StatusOr<std::string> Corpus::RunOnce(const Mutation& mutation, Transaction& transaction,
                                            Overlay& changes) const {
  absl::StatusOr<std::string> kept =
      reply_log_.Find(mutation.key, [&](absl::string_view key) { return changes.Get(key); });
  if (!absl::IsNotFound(kept.status())) return kept;
  WINNOW_ASSIGN_OR_RETURN(std::string reply, mutation.run(transaction));
  reply_log_.Keep(mutation.key, reply, transaction.now(), [&](std::string key, std::string value) {
    changes.Put(std::move(key), std::move(value));
  });
  return reply;
}

bool Corpus::SweepReplies(Overlay& changes) const {
  const absl::StatusOr<bool> swept = reply_log_.Sweep(
      *store_, clock_.Now(), kMaxSweptAtOnce,
      [&](std::string key, std::string value) { changes.Put(std::move(key), std::move(value)); },
      [&](std::string key) { changes.Delete(std::move(key)); });
  if (!swept.ok()) LogWarning("old replies cannot be swept: ", swept.status().ToString());
  return swept.value_or(true);
}

absl::StatusOr<std::string> Corpus::FindReply(const RequestKey& key) {
  return Mutate(key, [](Transaction&) -> absl::StatusOr<std::string> {
    return absl::NotFoundError("this request is new");
  });
}

uint64_t Corpus::revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

uint64_t Corpus::WaitForRevision(uint64_t after, absl::Duration timeout) const {
  const auto deadline = SteadyDeadline(timeout);
  MutexLock lock(mutex_);
  while (revision_ <= after && std::chrono::steady_clock::now() < deadline)
    revision_changed_.WaitUntil(mutex_, deadline);
  return revision_;
}

}  // namespace winnow::corpus

// The one writer of a corpus database.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mailbox.h"
#include "common/base/mutex.h"
#include "common/corpus/reader.h"
#include "common/corpus/transaction.h"
#include "common/kv/once.h"
#include "common/kv/store.h"

namespace winnow::corpus {

// Largest single mutation by default, in bytes of keys and values. It is in memory about four times
// while it is written.
inline constexpr size_t kMaxMutationBytes = size_t{512} << 20;

using kv::RequestKey;

// Changes the corpus through the transaction and returns the bytes of the reply. When it returns an
// error nothing of it happens and no reply is kept, so a repetition tries again. It runs on the
// writer's thread while other mutations wait: it must not block, and must not call the corpus.
using ChangeFn = std::function<absl::Status(Transaction&)>;
using MutateFn = std::function<absl::StatusOr<std::string>(Transaction&)>;

struct Mutation {
  RequestKey key;
  MutateFn run;
};

// Replies of mutations, in order.
using Replies = std::vector<absl::StatusOr<std::string>>;
// Told the replies when their changes last. It runs on a thread that tells one after the other: it
// must not block for long.
using DoneFn = std::function<void(Replies replies)>;

// What a change must survive before its caller is told.
enum class Durability : uint8_t {
  // Also a power cut.
  kMachine,
  // The end of this process, however it ends. For bookkeeping that may be lost, and costs no wait
  // for the disk.
  kProcess,
};

// Thread-safe.
//
// Mutations that arrive together are merged by one writer thread into one batch (group commit): as
// if they had run one after another, each with its own result. While the disk syncs a batch, the
// next ones are run and written. revision() counts what is on disk; a reader may see a mutation
// that is not on disk yet, and that nobody was told of. While the disk refuses writes, mutations
// are refused (Unavailable); CheckWritable tries whether it takes them again. When another process
// has written, all are refused until the corpus is opened again.
class Corpus {
 public:
  // Takes the store over; `clock` must outlive the corpus. Makes the first record of an empty
  // database, and sweeps replies older than kv::kReplyLifetime (again now and then while running).
  // Errors as CorpusReader::Open.
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(
      std::unique_ptr<kv::Store> store, const Clock& clock,
      size_t max_mutation_bytes = kMaxMutationBytes);
  // Writes what has come and tells it. REQUIRES: nobody calls any more.
  ~Corpus();

  // Runs the mutation and returns its reply when it is on disk, or the kept reply when this request
  // was done before. AlreadyExists (reason REQUEST_ID_REUSED) when the same request id came before
  // with another body; ResourceExhausted when the mutation is larger than max_mutation_bytes;
  // otherwise the error of `run`.
  absl::StatusOr<std::string> Mutate(const RequestKey& key, const MutateFn& run);
  // Without a request id.
  absl::StatusOr<std::string> Mutate(const MutateFn& run) { return Mutate(RequestKey{}, run); }
  // The same for what has no reply.
  absl::Status Change(const RequestKey& key, const ChangeFn& change);
  absl::Status Change(const ChangeFn& change) { return Change(RequestKey{}, change); }

  // Several independent mutations in order, each with its own key and result, in as few batches as
  // possible.
  Replies MutateAll(std::vector<Mutation> mutations);
  // The same without waiting: `done` is called once; for kMachine in the order of commits.
  void MutateLater(std::vector<Mutation> mutations, DoneFn done,
                   Durability durability = Durability::kMachine);

  // The reply kept for this request, or NotFound when it is new: for work that must be done before
  // a mutation. Returns when that reply is on disk. AlreadyExists as Mutate.
  absl::StatusOr<std::string> FindReply(const RequestKey& key);

  // OK while mutations can be stored. After the disk has refused a write, a full disk for example,
  // tries whether it takes writes again, and says why not: call it now and then.
  absl::Status CheckWritable() { return store_->Recover(); }

  const CorpusReader& reader() const { return reader_; }

  // The last revision on disk.
  uint64_t revision() const;
  // Returns as soon as revision() > after, or after `timeout`, with revision().
  uint64_t WaitForRevision(uint64_t after, absl::Duration timeout) const;

 private:
  struct Call;
  struct Group;

  Corpus(std::unique_ptr<kv::Store> store, CorpusReader reader, uint64_t revision,
         const Clock& clock, size_t max_mutation_bytes);
  // The three threads.
  void WriteCalls();
  void SyncCalls();
  void TellReplies();

  // Makes what was written up to `revision` known as being on disk.
  void Advance(uint64_t revision);

  // The following are called by the writer thread, and by Open before there is one.
  void Commit(std::vector<Call>& calls);
  void Run(const Mutation& mutation, Group& group, absl::StatusOr<std::string>& result);
  absl::StatusOr<std::string> RunOnce(const Mutation& mutation, Transaction& transaction,
                                      Overlay& changes) const;
  // Writes the group's changes; on failure its results become the error, too.
  absl::Status Write(Group& group);
  // Deletes old replies, a bounded number at a time; true when there are no more.
  bool SweepReplies(Overlay& changes) const;

  const std::unique_ptr<kv::Store> store_;
  const CorpusReader reader_;
  const Clock& clock_;
  const size_t max_mutation_bytes_;
  const kv::ReplyLog reply_log_;

  // The last revision written; set by the writer alone.
  std::atomic<uint64_t> written_revision_;
  // The writer's own.
  absl::Time next_sweep_ = absl::InfinitePast();

  mutable Mutex mutex_;
  uint64_t revision_ WINNOW_GUARDED_BY(mutex_);
  mutable CondVar revision_changed_;

  // From one thread to the next.
  Mailbox<Call> waiting_;
  Mailbox<Call> written_;
  Mailbox<Call> lasting_;
  std::thread writer_;
  std::thread syncer_;
  std::thread teller_;
};

}  // namespace winnow::corpus

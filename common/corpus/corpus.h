// The one writer of a corpus database.
#pragma once

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
// Told the replies when they are on disk. It runs on a thread that tells one after the other, in
// the order of commits: it must not block for long.
using DoneFn = std::function<void(Replies replies)>;

// Thread-safe.
//
// Mutations that arrive together are merged by one writer thread into one synced batch (group
// commit): as if they had run one after another, each with its own result. No mutation is visible
// before it is on disk. After the disk has refused a write every further mutation is refused
// (Unavailable) until the corpus is opened again.
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

  // Several independent mutations in order, each with its own key and result, in as few synced
  // batches as possible.
  Replies MutateAll(std::vector<Mutation> mutations);
  // The same without waiting: `done` is called once.
  void MutateLater(std::vector<Mutation> mutations, DoneFn done);

  // The reply kept for this request, or NotFound when it is new: for work that must be done before
  // a mutation. AlreadyExists as Mutate.
  absl::StatusOr<std::string> FindReply(const RequestKey& key) const;

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
  // The two threads.
  void WriteCalls();
  void TellReplies();

  // The following are called by the writer thread, and by Open before there is one.
  void Commit(std::vector<Call>& calls);
  void Run(const Mutation& mutation, Group& group, absl::StatusOr<std::string>& result);
  absl::StatusOr<std::string> RunOnce(const Mutation& mutation, Transaction& transaction,
                                      Overlay& changes) const;
  // Writes the group's changes; on failure its results become the error.
  void Write(Group& group);
  // Deletes old replies, a bounded number at a time; true when there are no more.
  bool SweepReplies(Overlay& changes) const;

  const std::unique_ptr<kv::Store> store_;
  const CorpusReader reader_;
  const Clock& clock_;
  const size_t max_mutation_bytes_;
  const kv::ReplyLog reply_log_;

  // The writer's own.
  uint64_t written_revision_;
  absl::Time next_sweep_ = absl::InfinitePast();
  // Why nothing can be written any more.
  absl::Status broken_;

  mutable Mutex mutex_;
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // The writer has ended, so there will be no more replies to tell.
  bool written_all_ WINNOW_GUARDED_BY(mutex_) = false;
  // Calls to write, and calls to tell.
  std::vector<Call> waiting_ WINNOW_GUARDED_BY(mutex_);
  std::vector<Call> written_ WINNOW_GUARDED_BY(mutex_);
  CondVar waiting_changed_;
  CondVar written_changed_;
  uint64_t revision_ WINNOW_GUARDED_BY(mutex_);
  mutable CondVar revision_changed_;
  std::thread writer_;
  // Tells while the writer already waits for the disk again.
  std::thread teller_;
};

}  // namespace winnow::corpus

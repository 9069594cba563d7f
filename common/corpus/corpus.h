// The one writer of a corpus database.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/corpus/reader.h"
#include "common/corpus/transaction.h"
#include "common/kv/store.h"

namespace winnow::corpus {

// Largest single mutation by default, in bytes of keys and values. It is in memory about four times
// while it is written.
inline constexpr size_t kMaxMutationBytes = size_t{512} << 20;

// How long the reply to a request is kept, at least.
inline constexpr absl::Duration kReplyLifetime = absl::Hours(7 * 24);

// Makes the repetition of a request harmless. An empty request_id switches this off.
struct RequestKey {
  // Who calls ("" without authentication) and the full name of the method: the scope of the id.
  std::string caller;
  std::string method;
  std::string request_id;
  // SHA-256 of the request's body without its id.
  std::string body_digest;
};

// Changes the corpus through the transaction and returns the bytes of the reply. When it returns an
// error nothing of it happens and no reply is kept, so a repetition tries again. It runs on any
// thread that happens to be writing, while other mutations wait: it must not block, and must not
// call the corpus.
using MutateFn = std::function<absl::StatusOr<std::string>(Transaction&)>;

struct Mutation {
  RequestKey key;
  MutateFn run;
};

// Thread-safe.
//
// Mutations that arrive together are merged by one of their callers into one synced batch (group
// commit): as if they had run one after another, each with its own result. No mutation is visible
// before it is on disk. After the disk has refused a write every further mutation is refused
// (Unavailable) until the corpus is opened again.
class Corpus {
 public:
  // Takes the store over; `clock` must outlive the corpus. Makes the first record of an empty
  // database, and sweeps replies older than kReplyLifetime (again now and then while running).
  // Errors as CorpusReader::Open.
  static absl::StatusOr<std::unique_ptr<Corpus>> Open(
      std::unique_ptr<kv::Store> store, const Clock& clock,
      size_t max_mutation_bytes = kMaxMutationBytes);

  // Runs the mutation and returns its reply when it is on disk, or the kept reply when this request
  // was done before. AlreadyExists (reason REQUEST_ID_REUSED) when the same request id came before
  // with another body; ResourceExhausted when the mutation is larger than max_mutation_bytes;
  // otherwise the error of `run`.
  absl::StatusOr<std::string> Mutate(const RequestKey& key, const MutateFn& run);
  // Without a request id.
  absl::StatusOr<std::string> Mutate(const MutateFn& run) { return Mutate(RequestKey{}, run); }

  // Several independent mutations in order, each with its own key and result, in as few synced
  // batches as possible.
  std::vector<absl::StatusOr<std::string>> MutateAll(const std::vector<Mutation>& mutations);

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

  // The following are called by one thread at a time: the one that has set writing_, and Open.
  void Commit(const std::vector<Call*>& calls);
  void Run(const Mutation& mutation, Group& group, absl::StatusOr<std::string>& result);
  // Writes the group's changes; on failure its results become the error.
  void Write(Group& group);
  // Deletes old replies, a bounded number at a time; true when there are no more.
  bool SweepReplies(Overlay& changes) const;

  const std::unique_ptr<kv::Store> store_;
  const CorpusReader reader_;
  const Clock& clock_;
  const size_t max_mutation_bytes_;

  // Of the one thread that writes.
  uint64_t written_revision_;
  absl::Time next_sweep_ = absl::InfinitePast();
  // Why nothing can be written any more.
  absl::Status broken_;

  mutable Mutex mutex_;
  // A thread writes, or is about to.
  bool writing_ WINNOW_GUARDED_BY(mutex_) = false;
  // Those who wait for their turn; the first of them is the next to write, for all.
  std::vector<Call*> waiting_ WINNOW_GUARDED_BY(mutex_);
  uint64_t revision_ WINNOW_GUARDED_BY(mutex_);
  mutable CondVar revision_changed_;
};

}  // namespace winnow::corpus

// What can be changed in a corpus, inside Corpus::Mutate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/corpus/overlay.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

struct NamedKind;

struct ImportCounts {
  uint64_t num_added = 0;
  // Texts that the source had already, or that occur twice in the import.
  uint64_t num_duplicates = 0;
};

// One mutation in the making. Everything it changes becomes durable and visible as one step, or
// never, when it fails. Reads see its own changes and those of the mutations before it, also of
// those not yet on disk. Every added record gets the next revision; every other change of data
// sets, sources and queues takes one. When a call fails the mutation must fail too: a part of the
// call may be done. Names must be valid (common/base/names.h), else InvalidArgument; unknown names
// give the errors of CorpusReader. Not thread-safe; lives only during its mutation.
class Transaction {
 public:
  absl::StatusOr<storage::v1::Dataset> GetDataset(absl::string_view name) const;
  absl::StatusOr<storage::v1::Source> GetSource(absl::string_view name) const;
  absl::StatusOr<storage::v1::Queue> GetQueue(absl::string_view name) const;
  absl::StatusOr<storage::v1::Answer> GetAnswer(absl::string_view dataset, uint64_t revision) const;

  // Appends `answers` to a data set, which is made if need be (not for an empty list), and returns
  // their revisions, in order and consecutive. `examples` are stored first, each once: the
  // meta_json that came first stays. Refused with all violations at once: ids that are not 16
  // bytes, an example that is neither stored nor given, no kind or verdict, tombstones (Undo makes
  // those). `revision` of the answers is ignored; task ids are the caller's (ids.h).
  absl::StatusOr<std::vector<uint64_t>> AppendAnswers(
      absl::string_view dataset, std::vector<storage::v1::Answer> answers,
      const std::vector<storage::v1::Example>& examples = {});

  // Takes back an answer by appending a tombstone, and returns the tombstone's revision.
  // FailedPrecondition when it is undone already or itself a tombstone, NotFound when there is
  // none.
  absl::StatusOr<uint64_t> Undo(absl::string_view dataset, uint64_t revision,
                                absl::string_view annotator);

  // Removes a data set with its answers. Texts stay: other data sets and sources may hold them.
  absl::Status DropDataset(absl::string_view name);

  // Adds texts to a source, which is made if need be; one revision in all. InvalidArgument for an
  // empty text.
  absl::StatusOr<ImportCounts> ImportSource(absl::string_view name,
                                            const std::vector<storage::v1::Example>& examples);

  // Makes or replaces the queue of that name.
  absl::Status PutQueue(const storage::v1::Queue& queue);
  // Removes a queue with its stored tasks. Its answers stay in their data set.
  absl::Status DeleteQueue(absl::string_view name);
  // Stores tasks with a queue and returns the number of those it did not have yet, by example id
  // and task id (which may be empty). `examples` and refusals as in AppendAnswers.
  absl::StatusOr<uint64_t> AppendTasks(absl::string_view queue,
                                       const std::vector<storage::v1::StoredTask>& tasks,
                                       const std::vector<storage::v1::Example>& examples = {});

  // Bookkeeping of snapshots.h; takes no revision.
  void PutSnapshotLease(const storage::v1::SnapshotLease& lease);
  void DeleteSnapshotLease(absl::string_view id);

  // NotFound when there is no such lease.
  absl::StatusOr<storage::v1::SnapshotLease> GetSnapshotLease(absl::string_view id) const;

  // The last revision given, this mutation included.
  uint64_t revision() const { return revision_; }
  // When the mutation runs.
  absl::Time now() const { return now_; }

 private:
  friend class Corpus;

  // `changes` receives what the mutation does and must outlive the transaction.
  Transaction(const kv::Store& store, Overlay& changes, uint64_t revision, absl::Time now)
      : store_(store), changes_(changes), revision_(revision), now_(now) {}

  template <typename Record>
  absl::StatusOr<Record> GetByName(const NamedKind& kind, absl::string_view name) const;
  // InvalidArgument when the record could not be read back.
  template <typename Record>
  absl::Status PutRecord(std::string key, const Record& record);
  // Adds what is wrong with the examples to the violations.
  static void CheckExamples(const std::vector<storage::v1::Example>& examples,
                            Violations& violations);
  // Stores the text under its id unless it is there.
  absl::Status StoreExample(const std::string& id, const storage::v1::Example& example);
  absl::Status StoreExamples(const std::vector<storage::v1::Example>& examples);
  // A violation when `id` is not an id, or not of a stored text.
  absl::Status CheckExampleId(const std::string& where, const std::string& id,
                              Violations& violations) const;
  uint64_t NextRevision() { return ++revision_; }

  const kv::Store& store_;
  Overlay& changes_;
  uint64_t revision_;
  const absl::Time now_;
};

}  // namespace winnow::corpus

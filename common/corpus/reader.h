// Reading a corpus, live or from a checkpoint.
//
// The corpus is a log: everything that is added gets the next revision, so "everything up to
// revision R" is a consistent snapshot. Pass the same R (a snapshot's, or GetRevision() once) to
// several calls to get one view.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::corpus {

inline constexpr uint64_t kLatest = std::numeric_limits<uint64_t>::max();
inline constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// The version of keys and records that this build reads and writes.
inline constexpr uint32_t kSchemaVersion = 2;

struct NamedKind;

struct SourceMember {
  // Position in the source, from 0 in the order of import.
  uint64_t ordinal;
  // 16 bytes.
  std::string example_id;
  // Of the text (common/text/split_key.h).
  uint64_t split_key;
};

struct SourceExample {
  uint64_t ordinal;
  // 16 bytes.
  std::string example_id;
  storage::v1::Example example;
};

// What a walk calls for each record: an error ends the walk and is its result, false ends it, true
// goes on.
template <typename... Record>
using Visit = absl::FunctionRef<absl::StatusOr<bool>(const Record&...)>;

// All methods: NotFound (with reason UNKNOWN_DATASET, UNKNOWN_SOURCE or UNKNOWN_QUEUE, and the
// nearest names) for a name that does not exist, DataLoss for a record that cannot be read. Lists
// are sorted by name and hold at most `limit` records with names after `after_name`. Thread-safe.
// Copyable; the store must outlive it.
class CorpusReader {
 public:
  // FailedPrecondition when `store` is not a corpus, or one of another schema version.
  static absl::StatusOr<CorpusReader> Open(const kv::Store& store);

  // Database id and schema version.
  const storage::v1::CorpusInfo& info() const { return info_; }
  // The last revision given; 0 in a new database.
  absl::StatusOr<uint64_t> GetRevision() const;

  absl::StatusOr<storage::v1::Dataset> GetDataset(absl::string_view name) const;
  absl::StatusOr<storage::v1::Source> GetSource(absl::string_view name) const;
  absl::StatusOr<storage::v1::Queue> GetQueue(absl::string_view name) const;
  absl::StatusOr<std::vector<storage::v1::Dataset>> ListDatasets(absl::string_view after_name = "",
                                                                 size_t limit = kNoLimit) const;
  absl::StatusOr<std::vector<storage::v1::Source>> ListSources(absl::string_view after_name = "",
                                                               size_t limit = kNoLimit) const;
  absl::StatusOr<std::vector<storage::v1::Queue>> ListQueues(absl::string_view after_name = "",
                                                             size_t limit = kNoLimit) const;

  // Records of a data set with after_revision < revision <= up_to_revision, in the order of their
  // revisions. To see what stands, or to follow a log, see standing.h and follower.h.
  absl::Status ForEachEntry(absl::string_view dataset, uint64_t after_revision,
                            uint64_t up_to_revision, Visit<storage::v1::LogEntry> visit) const;
  // NotFound also when the data set has no answer of that revision.
  absl::StatusOr<storage::v1::Answer> GetAnswer(absl::string_view dataset, uint64_t revision) const;
  // The undos up to a revision: revisions of the answers that they take back, ascending.
  absl::StatusOr<std::vector<uint64_t>> ListUndone(absl::string_view dataset,
                                                   uint64_t up_to_revision) const;
  // The standing answers of the data set about a text now; none for one without.
  absl::StatusOr<storage::v1::TextAnswers> GetTextAnswers(absl::string_view dataset,
                                                          absl::string_view example_id) const;
  // Texts that the data set has standing answers about now, by id.
  absl::Status ForEachText(absl::string_view dataset,
                           Visit<std::string, storage::v1::TextAnswers> visit) const;

  // All texts, by id (16 bytes).
  absl::Status ForEachExample(Visit<std::string, storage::v1::Example> visit) const;
  // NotFound when no text has this id (16 bytes).
  absl::StatusOr<storage::v1::Example> GetExample(absl::string_view example_id) const;
  // Texts of a source from `from_ordinal` on that came up to the revision, in the order in which
  // they came: without reading the texts, or with them.
  absl::Status ForEachSourceMember(absl::string_view source, uint64_t from_ordinal,
                                   uint64_t up_to_revision, Visit<SourceMember> visit) const;
  absl::Status ForEachSourceExample(absl::string_view source, uint64_t from_ordinal,
                                    uint64_t up_to_revision, Visit<SourceExample> visit) const;

  // Whether the text is in the source, or was brought by an import of it that broke off.
  absl::StatusOr<bool> HasSourceText(const storage::v1::Source& source,
                                     absl::string_view example_id) const;
  // The other keys of the row that brought the text to the source, to the byte, as a JSON object;
  // empty when it had none, or the source has no such text.
  absl::StatusOr<std::string> GetSourceFields(absl::string_view source,
                                              absl::string_view example_id) const;

  // The tasks stored with a queue, with after_revision < revision <= up_to_revision, in the order
  // of appending.
  absl::Status ForEachTask(absl::string_view queue, uint64_t after_revision,
                           uint64_t up_to_revision, Visit<uint64_t, storage::v1::Task> visit) const;
  // NotFound when the queue has no task of that id (16 bytes).
  absl::StatusOr<storage::v1::Task> GetTask(absl::string_view queue,
                                            absl::string_view task_id) const;
  // The texts of a queue's audit frames that were published up to a revision, by frame and id.
  absl::Status ForEachFrameText(absl::string_view queue, uint64_t up_to_revision,
                                Visit<storage::v1::FrameText> visit) const;
  // Leases on tasks of a queue, also lost ones that nobody has swept yet, by task id and person.
  absl::Status ForEachLease(absl::string_view queue, Visit<storage::v1::Lease> visit) const;

  // Snapshots and their leases, by id, also expired ones that nobody has swept yet.
  absl::StatusOr<std::vector<storage::v1::SnapshotLease>> ListSnapshotLeases() const;

 private:
  CorpusReader(const kv::Store& store, storage::v1::CorpusInfo info)
      : store_(&store), info_(std::move(info)) {}

  template <typename Record>
  absl::StatusOr<Record> GetByName(const NamedKind& kind, absl::string_view name) const;

  const kv::Store* store_;
  storage::v1::CorpusInfo info_;
};

}  // namespace winnow::corpus

// Reading a corpus, live or from a checkpoint.
//
// The corpus is a log: everything that is added gets the next revision, so "everything up to
// revision R" is a consistent snapshot. Pass the same R (a snapshot's, or GetRevision() once) to
// several calls to get one view.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::corpus {

inline constexpr uint64_t kLatest = std::numeric_limits<uint64_t>::max();
inline constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

// The version of keys and records that this build reads and writes.
inline constexpr uint32_t kSchemaVersion = 1;

struct NamedKind;

struct SourceExample {
  // Position in the source, from 0 in the order of import.
  uint64_t ordinal;
  // 16 bytes.
  std::string example_id;
  storage::v1::Example example;
};

// What a data set holds. Undone answers and tombstones do not count.
struct DatasetSummary {
  uint64_t num_answers = 0;
  uint64_t num_accepted = 0;
  uint64_t num_rejected = 0;
  uint64_t num_ignored = 0;
  // Distinct texts.
  uint64_t num_texts = 0;
  // Of the spans judged or marked, and those declared complete.
  std::set<std::string> labels;
  // Of its last record, tombstones included; 0 when empty.
  uint64_t last_revision = 0;
};

// All methods: NotFound (with reason UNKNOWN_DATASET, UNKNOWN_SOURCE or UNKNOWN_QUEUE, and the
// nearest names) for a name that does not exist, DataLoss for a record that cannot be read. A
// callback that returns false ends the walk. Lists are sorted by name and hold at most `limit`
// records with names after `after_name`. Thread-safe. Copyable; the store must outlive it.
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

  // Answers and tombstones with after_revision < revision <= up_to_revision, in the order of their
  // revisions.
  absl::Status ForEachAnswer(absl::string_view dataset, uint64_t after_revision,
                             uint64_t up_to_revision,
                             absl::FunctionRef<bool(const storage::v1::Answer&)> fn) const;
  // NotFound also when the data set has no answer of that revision.
  absl::StatusOr<storage::v1::Answer> GetAnswer(absl::string_view dataset, uint64_t revision) const;
  // The revision of the tombstone that undoes the answer, or 0 while it stands.
  absl::StatusOr<uint64_t> GetTombstone(absl::string_view dataset, uint64_t revision) const;
  // Reads the whole data set up to the revision.
  absl::StatusOr<DatasetSummary> Summarize(absl::string_view dataset,
                                           uint64_t up_to_revision = kLatest) const;

  // NotFound when no text has this id (16 bytes).
  absl::StatusOr<storage::v1::Example> GetExample(absl::string_view example_id) const;
  // Texts of a source from `from_ordinal` on that came up to the revision, in the order in which
  // they came.
  absl::Status ForEachSourceExample(absl::string_view source, uint64_t from_ordinal,
                                    uint64_t up_to_revision,
                                    absl::FunctionRef<bool(const SourceExample&)> fn) const;

  // The tasks stored with a queue, with after_revision < revision <= up_to_revision, in the order
  // of appending.
  absl::Status ForEachTask(
      absl::string_view queue, uint64_t after_revision, uint64_t up_to_revision,
      absl::FunctionRef<bool(uint64_t revision, const storage::v1::StoredTask&)> fn) const;

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

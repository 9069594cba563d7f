#include "common/corpus/reader.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"

namespace winnow::corpus {
namespace {

// Calls fn(key, value) for the records of the range until it returns false or an error, which is
// returned.
absl::Status Walk(
    const kv::Store& store, const kv::Range& range,
    absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)> fn) {
  const std::unique_ptr<kv::Iterator> records = store.Scan(range);
  for (; records->Valid(); records->Next()) {
    WINNOW_ASSIGN_OR_RETURN(const bool go_on, fn(records->key(), records->value()));
    if (!go_on) return absl::OkStatus();
  }
  return records->status();
}

template <typename Record>
absl::StatusOr<std::vector<Record>> List(const kv::Store& store, absl::string_view prefix,
                                         absl::string_view after, size_t limit) {
  std::vector<Record> list;
  kv::Range range = kv::Range::Prefix(prefix);
  // The first key after that of `after`.
  if (!after.empty()) range.begin = absl::StrCat(prefix, after, std::string(1, '\0'));
  WINNOW_RETURN_IF_ERROR(Walk(
      store, range, [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
        if (list.size() >= limit) return false;
        WINNOW_ASSIGN_OR_RETURN(list.emplace_back(), ParseRecord<Record>(key, value));
        return true;
      }));
  return list;
}

void Count(const storage::v1::Answer& answer, DatasetSummary& summary) {
  ++summary.num_answers;
  summary.num_accepted += answer.verdict() == storage::v1::VERDICT_ACCEPT;
  summary.num_rejected += answer.verdict() == storage::v1::VERDICT_REJECT;
  summary.num_ignored += answer.verdict() == storage::v1::VERDICT_IGNORE;
  for (const storage::v1::Decision& decision : answer.decisions())
    summary.labels.insert(decision.span().label());
  summary.labels.insert(answer.complete_labels().begin(), answer.complete_labels().end());
}

}  // namespace

absl::StatusOr<CorpusReader> CorpusReader::Open(const kv::Store& store) {
  const absl::StatusOr<std::string> bytes = store.Get(keys::Info());
  if (absl::IsNotFound(bytes.status()))
    return absl::FailedPreconditionError("the database is not a corpus");
  if (!bytes.ok()) return bytes.status();
  WINNOW_ASSIGN_OR_RETURN(auto info, ParseRecord<storage::v1::CorpusInfo>(keys::Info(), *bytes));
  if (info.schema_version() != kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the corpus has schema version ", info.schema_version(),
                     ", this build reads version ", kSchemaVersion));
  }
  return CorpusReader(store, std::move(info));
}

absl::StatusOr<uint64_t> CorpusReader::GetRevision() const {
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, store_->Get(keys::LastRevision()));
  if (bytes.size() != 8) return absl::DataLossError("the revision of the corpus is damaged");
  return keys::DecodeNumber(bytes);
}

template <typename Record>
absl::StatusOr<Record> CorpusReader::GetByName(const NamedKind& kind,
                                               absl::string_view name) const {
  return GetNamed<Record>(
      *store_, [this](absl::string_view key) { return store_->Get(key); }, kind, name);
}

absl::StatusOr<storage::v1::Dataset> CorpusReader::GetDataset(absl::string_view name) const {
  return GetByName<storage::v1::Dataset>(kDatasetKind, name);
}

absl::StatusOr<storage::v1::Source> CorpusReader::GetSource(absl::string_view name) const {
  return GetByName<storage::v1::Source>(kSourceKind, name);
}

absl::StatusOr<storage::v1::Queue> CorpusReader::GetQueue(absl::string_view name) const {
  return GetByName<storage::v1::Queue>(kQueueKind, name);
}

absl::StatusOr<std::vector<storage::v1::Dataset>> CorpusReader::ListDatasets(
    absl::string_view after_name, size_t limit) const {
  return List<storage::v1::Dataset>(*store_, keys::kDatasets, after_name, limit);
}

absl::StatusOr<std::vector<storage::v1::Source>> CorpusReader::ListSources(
    absl::string_view after_name, size_t limit) const {
  return List<storage::v1::Source>(*store_, keys::kSources, after_name, limit);
}

absl::StatusOr<std::vector<storage::v1::Queue>> CorpusReader::ListQueues(
    absl::string_view after_name, size_t limit) const {
  return List<storage::v1::Queue>(*store_, keys::kQueues, after_name, limit);
}

absl::Status CorpusReader::ForEachAnswer(
    absl::string_view dataset, uint64_t after_revision, uint64_t up_to_revision,
    absl::FunctionRef<bool(const storage::v1::Answer&)> fn) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  return Walk(
      *store_, keys::Revisions(keys::AnswersOf(record.id()), after_revision, up_to_revision),
      [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
        WINNOW_ASSIGN_OR_RETURN(const auto answer, ParseRecord<storage::v1::Answer>(key, value));
        return fn(answer);
      });
}

absl::StatusOr<storage::v1::Answer> CorpusReader::GetAnswer(absl::string_view dataset,
                                                            uint64_t revision) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  const std::string key = keys::Answer(record.id(), revision);
  const absl::StatusOr<std::string> bytes = store_->Get(key);
  if (absl::IsNotFound(bytes.status())) return UnknownAnswer(dataset, revision);
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<storage::v1::Answer>(key, *bytes);
}

absl::StatusOr<uint64_t> CorpusReader::GetTombstone(absl::string_view dataset,
                                                    uint64_t revision) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  const absl::StatusOr<std::string> bytes = store_->Get(keys::Tombstone(record.id(), revision));
  if (absl::IsNotFound(bytes.status())) return 0;
  if (!bytes.ok()) return bytes.status();
  return keys::DecodeNumber(*bytes);
}

absl::StatusOr<DatasetSummary> CorpusReader::Summarize(absl::string_view dataset,
                                                       uint64_t up_to_revision) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  std::set<uint64_t> undone;
  WINNOW_RETURN_IF_ERROR(
      Walk(*store_, keys::Revisions(keys::TombstonesOf(record.id()), 0, up_to_revision),
           [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
             if (keys::DecodeNumber(value) <= up_to_revision) {
               undone.insert(keys::DecodeNumber(key.substr(key.size() - 8)));
             }
             return true;
           }));
  DatasetSummary summary;
  std::set<std::string> texts;
  WINNOW_RETURN_IF_ERROR(
      ForEachAnswer(dataset, 0, up_to_revision, [&](const storage::v1::Answer& answer) {
        summary.last_revision = answer.revision();
        if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE || undone.contains(answer.revision()))
          return true;
        Count(answer, summary);
        texts.insert(answer.example_id());
        return true;
      }));
  summary.num_texts = texts.size();
  return summary;
}

absl::StatusOr<storage::v1::Example> CorpusReader::GetExample(absl::string_view example_id) const {
  const std::string key = keys::Example(example_id);
  const absl::StatusOr<std::string> bytes = store_->Get(key);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(absl::StrCat("there is no text with id ", IdToHex(example_id)));
  }
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<storage::v1::Example>(key, *bytes);
}

absl::Status CorpusReader::ForEachSourceExample(
    absl::string_view source, uint64_t from_ordinal, uint64_t up_to_revision,
    absl::FunctionRef<bool(const SourceExample&)> fn) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source record, GetSource(source));
  kv::Range range = kv::Range::Prefix(keys::MembersOf(record.id()));
  range.begin = keys::Member(record.id(), from_ordinal);
  return Walk(*store_, range,
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                if (value.size() != kIdBytes + 8)
                  return absl::DataLossError("a member of a source is damaged");
                if (keys::DecodeNumber(value.substr(kIdBytes)) > up_to_revision) return false;
                SourceExample member{keys::DecodeNumber(key.substr(key.size() - 8)),
                                     std::string(value.substr(0, kIdBytes)),
                                     {}};
                WINNOW_ASSIGN_OR_RETURN(member.example, GetExample(member.example_id));
                return fn(member);
              });
}

absl::Status CorpusReader::ForEachTask(
    absl::string_view queue, uint64_t after_revision, uint64_t up_to_revision,
    absl::FunctionRef<bool(uint64_t revision, const storage::v1::StoredTask&)> fn) const {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  return Walk(*store_, keys::Revisions(keys::TasksOf(queue), after_revision, up_to_revision),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto task,
                                        ParseRecord<storage::v1::StoredTask>(key, value));
                return fn(keys::DecodeNumber(key.substr(key.size() - 8)), task);
              });
}

absl::StatusOr<std::vector<storage::v1::SnapshotLease>> CorpusReader::ListSnapshotLeases() const {
  return List<storage::v1::SnapshotLease>(*store_, keys::kSnapshotLeases, "", kNoLimit);
}

}  // namespace winnow::corpus

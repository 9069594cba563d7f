#include "common/corpus/reader.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"

namespace winnow::corpus {
namespace {

absl::Status Walk(const kv::Store& store, const kv::Range& range,
                  Visit<absl::string_view, absl::string_view> visit) {
  const std::unique_ptr<kv::Iterator> records = store.Scan(range);
  for (; records->Valid(); records->Next()) {
    WINNOW_ASSIGN_OR_RETURN(const bool go_on, visit(records->key(), records->value()));
    if (!go_on) return absl::OkStatus();
  }
  return records->status();
}

// The number that a key ends with.
uint64_t LastNumber(absl::string_view key) {
  return keys::DecodeNumber(key.substr(key.size() - sizeof(uint64_t)));
}

// Texts that the source had at a revision.
uint64_t NumExamplesAt(const storage::v1::Source& source, uint64_t revision) {
  uint64_t num_examples = 0;
  for (const storage::v1::Source::Import& import : source.imports()) {
    if (import.revision() <= revision) num_examples = import.num_examples();
  }
  return num_examples;
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

absl::Status CorpusReader::ForEachEntry(absl::string_view dataset, uint64_t after_revision,
                                        uint64_t up_to_revision,
                                        Visit<storage::v1::LogEntry> visit) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  return Walk(
      *store_, keys::Revisions(keys::AnswersOf(record.id()), after_revision, up_to_revision),
      [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
        WINNOW_ASSIGN_OR_RETURN(const auto entry, ParseRecord<storage::v1::LogEntry>(key, value));
        return visit(entry);
      });
}

absl::StatusOr<storage::v1::Answer> CorpusReader::GetAnswer(absl::string_view dataset,
                                                            uint64_t revision) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  return GetAnswerOf(record, revision, [this](absl::string_view key) { return store_->Get(key); });
}

absl::StatusOr<std::vector<uint64_t>> CorpusReader::ListUndone(absl::string_view dataset,
                                                               uint64_t up_to_revision) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  std::vector<uint64_t> undone;
  WINNOW_RETURN_IF_ERROR(
      Walk(*store_, kv::Range::Prefix(keys::UndosOf(record.id())),
           [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
             if (keys::DecodeNumber(value) <= up_to_revision) undone.push_back(LastNumber(key));
             return true;
           }));
  return undone;
}

absl::StatusOr<storage::v1::TextAnswers> CorpusReader::GetTextAnswers(
    absl::string_view dataset, absl::string_view example_id) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  const std::string key = keys::TextAnswers(record.id(), example_id);
  const absl::StatusOr<std::string> bytes = store_->Get(key);
  if (absl::IsNotFound(bytes.status())) return storage::v1::TextAnswers();
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<storage::v1::TextAnswers>(key, *bytes);
}

absl::Status CorpusReader::ForEachText(absl::string_view dataset,
                                       Visit<std::string, storage::v1::TextAnswers> visit) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Dataset record, GetDataset(dataset));
  return Walk(*store_, kv::Range::Prefix(keys::TextsOf(record.id())),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto answers,
                                        ParseRecord<storage::v1::TextAnswers>(key, value));
                return visit(std::string(key.substr(key.size() - kIdBytes)), answers);
              });
}

absl::Status CorpusReader::ForEachExample(Visit<std::string, storage::v1::Example> visit) const {
  return Walk(*store_, kv::Range::Prefix(keys::Example("")),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto example,
                                        ParseRecord<storage::v1::Example>(key, value));
                return visit(std::string(key.substr(1)), example);
              });
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

absl::Status CorpusReader::ForEachSourceMember(absl::string_view source, uint64_t from_ordinal,
                                               uint64_t up_to_revision,
                                               Visit<SourceMember> visit) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source record, GetSource(source));
  const uint64_t end = NumExamplesAt(record, up_to_revision);
  if (from_ordinal >= end) return absl::OkStatus();
  return Walk(
      *store_,
      kv::Range::Between(keys::Member(record.id(), from_ordinal), keys::Member(record.id(), end)),
      [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
        if (value.size() != kIdBytes + sizeof(uint64_t))
          return absl::DataLossError("a member of a source is damaged");
        return visit(SourceMember{LastNumber(key), std::string(value.substr(0, kIdBytes)),
                                  LastNumber(value)});
      });
}

absl::Status CorpusReader::ForEachSourceExample(absl::string_view source, uint64_t from_ordinal,
                                                uint64_t up_to_revision,
                                                Visit<SourceExample> visit) const {
  return ForEachSourceMember(source, from_ordinal, up_to_revision,
                             [&](const SourceMember& member) -> absl::StatusOr<bool> {
                               SourceExample item{member.ordinal, member.example_id, {}};
                               WINNOW_ASSIGN_OR_RETURN(item.example, GetExample(item.example_id));
                               return visit(item);
                             });
}

absl::StatusOr<bool> CorpusReader::HasSourceText(const storage::v1::Source& source,
                                                 absl::string_view example_id) const {
  const absl::Status found = store_->Get(keys::Membership(source.id(), example_id)).status();
  if (absl::IsNotFound(found)) return false;
  if (!found.ok()) return found;
  return true;
}

absl::StatusOr<std::string> CorpusReader::GetSourceFields(absl::string_view source,
                                                          absl::string_view example_id) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Source record, GetSource(source));
  absl::StatusOr<std::string> fields = store_->Get(keys::Fields(record.id(), example_id));
  if (absl::IsNotFound(fields.status())) return "";
  return fields;
}

absl::Status CorpusReader::ForEachTask(absl::string_view queue, uint64_t after_revision,
                                       uint64_t up_to_revision,
                                       Visit<uint64_t, storage::v1::Task> visit) const {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  return Walk(*store_, keys::Revisions(keys::TasksOf(queue), after_revision, up_to_revision),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto task,
                                        ParseRecord<storage::v1::Task>(key, value));
                return visit(LastNumber(key), task);
              });
}

absl::StatusOr<storage::v1::Task> CorpusReader::GetTask(absl::string_view queue,
                                                        absl::string_view task_id) const {
  WINNOW_ASSIGN_OR_RETURN(const std::string revision, store_->Get(keys::TaskIndex(queue, task_id)));
  if (revision.size() != sizeof(uint64_t))
    return absl::DataLossError("the index of a queue's tasks is damaged");
  const std::string key = keys::Task(queue, keys::DecodeNumber(revision));
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, store_->Get(key));
  return ParseRecord<storage::v1::Task>(key, bytes);
}

absl::Status CorpusReader::ForEachFrameText(absl::string_view queue, uint64_t up_to_revision,
                                            Visit<storage::v1::FrameText> visit) const {
  WINNOW_ASSIGN_OR_RETURN(const storage::v1::Queue record, GetQueue(queue));
  const auto is_visible = [&](uint32_t frame) {
    if (frame >= static_cast<uint32_t>(record.frames_size())) return false;
    const uint64_t revision = record.frames(static_cast<int>(frame)).stored_revision();
    return revision != 0 && revision <= up_to_revision;
  };
  return Walk(*store_, kv::Range::Prefix(keys::FrameOf(queue)),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto text,
                                        ParseRecord<storage::v1::FrameText>(key, value));
                if (!is_visible(text.frame())) return true;
                return visit(text);
              });
}

absl::Status CorpusReader::ForEachLease(absl::string_view queue,
                                        Visit<storage::v1::Lease> visit) const {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  return Walk(*store_, kv::Range::Prefix(keys::LeasesOf(queue)),
              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                WINNOW_ASSIGN_OR_RETURN(const auto lease,
                                        ParseRecord<storage::v1::Lease>(key, value));
                return visit(lease);
              });
}

absl::StatusOr<std::vector<storage::v1::SnapshotLease>> CorpusReader::ListSnapshotLeases() const {
  return List<storage::v1::SnapshotLease>(*store_, keys::kSnapshotLeases, "", kNoLimit);
}

}  // namespace winnow::corpus

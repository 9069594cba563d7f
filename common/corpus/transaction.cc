#include "common/corpus/transaction.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/kv/record.h"
#include "common/text/utf8.h"
#include "google/protobuf/message_lite.h"

namespace winnow::corpus {

using storage::v1::Answer;
using storage::v1::Dataset;
using storage::v1::Example;
using storage::v1::Queue;
using storage::v1::SnapshotLease;
using storage::v1::Source;

namespace {

void CheckUtf8(const std::string& where, absl::string_view bytes, Violations& violations) {
  const size_t position = text::FindInvalidUtf8(bytes);
  if (position != absl::string_view::npos)
    violations.Add(where, absl::StrCat("invalid UTF-8 at byte ", position));
}

}  // namespace

template <typename Record>
absl::StatusOr<Record> Transaction::GetByName(const NamedKind& kind, absl::string_view name) const {
  return GetNamed<Record>(
      store_, [this](absl::string_view key) { return changes_.Get(key); }, kind, name);
}

absl::StatusOr<Dataset> Transaction::GetDataset(absl::string_view name) const {
  return GetByName<Dataset>(kDatasetKind, name);
}

absl::StatusOr<Source> Transaction::GetSource(absl::string_view name) const {
  return GetByName<Source>(kSourceKind, name);
}

absl::StatusOr<Queue> Transaction::GetQueue(absl::string_view name) const {
  return GetByName<Queue>(kQueueKind, name);
}

absl::StatusOr<Answer> Transaction::GetAnswer(absl::string_view dataset, uint64_t revision) const {
  WINNOW_ASSIGN_OR_RETURN(const Dataset record, GetDataset(dataset));
  return GetAnswerOf(record, revision, [this](absl::string_view key) { return changes_.Get(key); });
}

absl::Status Transaction::PutRecord(std::string key, const google::protobuf::MessageLite& record) {
  WINNOW_ASSIGN_OR_RETURN(std::string bytes, kv::SerializeRecord(record));
  changes_.Put(std::move(key), std::move(bytes));
  return absl::OkStatus();
}

void Transaction::CheckExamples(const std::vector<Example>& examples, Violations& violations) {
  for (size_t i = 0; i < examples.size(); ++i) {
    const auto field = [i](absl::string_view name) {
      return absl::StrCat("examples[", i, "].", name);
    };
    if (examples[i].text().empty()) violations.Add(field("text"), "is empty");
    CheckUtf8(field("text"), examples[i].text(), violations);
  }
}

absl::Status Transaction::StoreExample(const std::string& id, const Example& example) {
  WINNOW_ASSIGN_OR_RETURN(const bool stored, changes_.Has(keys::Example(id)));
  if (!stored) changes_.Put(keys::Example(id), example.SerializeAsString());
  return absl::OkStatus();
}

absl::Status Transaction::StoreExamples(const std::vector<Example>& examples) {
  for (const Example& example : examples)
    WINNOW_RETURN_IF_ERROR(StoreExample(ExampleIdOf(example.text()), example));
  return absl::OkStatus();
}

absl::StatusOr<Example> Transaction::GetExample(const std::string& id) const {
  const std::string key = keys::Example(id);
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, changes_.Get(key));
  return ParseRecord<Example>(key, bytes);
}

absl::Status Transaction::CheckExampleId(const std::string& where, const std::string& id,
                                         Violations& violations) const {
  if (id.size() != kIdBytes) {
    violations.Add(where, absl::StrCat("has ", id.size(), " bytes, not ", kIdBytes));
    return absl::OkStatus();
  }
  WINNOW_ASSIGN_OR_RETURN(const bool stored, changes_.Has(keys::Example(id)));
  if (!stored) violations.Add(where, absl::StrCat("there is no text with id ", IdToHex(id)));
  return absl::OkStatus();
}

void Transaction::CheckTaskId(const std::string& where, const std::string& id,
                              Violations& violations) {
  if (id.size() != kIdBytes)
    violations.Add(where, absl::StrCat("has ", id.size(), " bytes, not ", kIdBytes));
}

void Transaction::PutSnapshotLease(const SnapshotLease& lease) {
  changes_.Put(keys::SnapshotLease(lease.id()), lease.SerializeAsString());
}

void Transaction::DeleteSnapshotLease(absl::string_view id) {
  changes_.Delete(keys::SnapshotLease(id));
}

absl::StatusOr<SnapshotLease> Transaction::GetSnapshotLease(absl::string_view id) const {
  const std::string key = keys::SnapshotLease(id);
  const absl::StatusOr<std::string> bytes = changes_.Get(key);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(
        absl::StrCat("there is no snapshot \"", absl::Utf8SafeCHexEscape(id), "\""));
  }
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<SnapshotLease>(key, *bytes);
}

}  // namespace winnow::corpus

#include "common/corpus/transaction.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/corpus/ids.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/text/utf8.h"

namespace winnow::corpus {

using storage::v1::Answer;
using storage::v1::Dataset;
using storage::v1::Example;
using storage::v1::Queue;
using storage::v1::SnapshotLease;
using storage::v1::Source;
using storage::v1::StoredTask;

namespace {

void CheckUtf8(const std::string& where, absl::string_view bytes, Violations& violations) {
  const size_t position = text::FindInvalidUtf8(bytes);
  if (position != absl::string_view::npos)
    violations.Add(where, absl::StrCat("invalid UTF-8 at byte ", position));
}

void CheckTaskId(const std::string& where, const std::string& id, Violations& violations) {
  if (id.size() != kIdBytes)
    violations.Add(where, absl::StrCat("has ", id.size(), " bytes, not ", kIdBytes));
}

void CheckKindAndVerdict(const std::string& where, const Answer& answer, Violations& violations) {
  if (answer.kind() == storage::v1::TASK_KIND_UNSPECIFIED)
    violations.Add(absl::StrCat(where, ".kind"), "is missing");
  if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) {
    violations.Add(absl::StrCat(where, ".kind"), "is a tombstone, which only an undo makes");
  }
  if (answer.verdict() == storage::v1::VERDICT_UNSPECIFIED) {
    violations.Add(absl::StrCat(where, ".verdict"), "is missing");
  }
}

}  // namespace

template <typename Record>
absl::Status Transaction::PutRecord(std::string key, const Record& record) {
  std::string bytes = record.SerializeAsString();
  // Protobuf writes a string field that is not UTF-8, but does not read it back.
  if (!Record().ParseFromString(bytes)) {
    return absl::InvalidArgumentError("a string field is not valid UTF-8");
  }
  changes_.Put(std::move(key), std::move(bytes));
  return absl::OkStatus();
}

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
  const std::string key = keys::Answer(record.id(), revision);
  const absl::StatusOr<std::string> bytes = changes_.Get(key);
  if (absl::IsNotFound(bytes.status())) return UnknownAnswer(dataset, revision);
  if (!bytes.ok()) return bytes.status();
  return ParseRecord<Answer>(key, *bytes);
}

void Transaction::CheckExamples(const std::vector<Example>& examples, Violations& violations) {
  for (size_t i = 0; i < examples.size(); ++i) {
    const auto field = [i](absl::string_view name) {
      return absl::StrCat("examples[", i, "].", name);
    };
    if (examples[i].text().empty()) violations.Add(field("text"), "is empty");
    CheckUtf8(field("text"), examples[i].text(), violations);
    CheckUtf8(field("meta_json"), examples[i].meta_json(), violations);
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

absl::StatusOr<std::vector<uint64_t>> Transaction::AppendAnswers(
    absl::string_view dataset, std::vector<Answer> answers, const std::vector<Example>& examples) {
  WINNOW_RETURN_IF_ERROR(ValidateName("dataset", dataset));
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(StoreExamples(examples));
  for (size_t i = 0; i < answers.size(); ++i) {
    const std::string where = absl::StrCat("answers[", i, "]");
    WINNOW_RETURN_IF_ERROR(
        CheckExampleId(absl::StrCat(where, ".example_id"), answers[i].example_id(), violations));
    CheckTaskId(absl::StrCat(where, ".task_id"), answers[i].task_id(), violations);
    CheckKindAndVerdict(where, answers[i], violations);
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the answers cannot be stored"));

  std::vector<uint64_t> revisions;
  if (answers.empty()) return revisions;
  absl::StatusOr<Dataset> record = GetDataset(dataset);
  if (absl::IsNotFound(record.status())) {
    record.emplace();
    record->set_name(std::string(dataset));
    // The revision of its first answer: unique, because revisions are never given twice.
    record->set_id(revision_ + 1);
    record->set_created_unix_micros(absl::ToUnixMicros(now_));
    changes_.Put(keys::Named(keys::kDatasets, dataset), record->SerializeAsString());
  }
  if (!record.ok()) return record.status();
  for (Answer& answer : answers) {
    answer.set_revision(NextRevision());
    WINNOW_RETURN_IF_ERROR(PutRecord(keys::Answer(record->id(), answer.revision()), answer));
    revisions.push_back(answer.revision());
  }
  return revisions;
}

absl::StatusOr<uint64_t> Transaction::Undo(absl::string_view dataset, uint64_t revision,
                                           absl::string_view annotator) {
  WINNOW_ASSIGN_OR_RETURN(const Dataset record, GetDataset(dataset));
  WINNOW_ASSIGN_OR_RETURN(const Answer undone, GetAnswer(dataset, revision));
  const std::string described = absl::StrCat("answer ", revision, " of dataset \"", dataset, "\"");
  if (undone.kind() == storage::v1::TASK_KIND_TOMBSTONE) {
    return absl::FailedPreconditionError(absl::StrCat(described, " is itself an undo"));
  }
  WINNOW_ASSIGN_OR_RETURN(const bool already, changes_.Has(keys::Tombstone(record.id(), revision)));
  if (already) return absl::FailedPreconditionError(absl::StrCat(described, " is undone already"));

  Answer tombstone;
  tombstone.set_revision(NextRevision());
  tombstone.set_kind(storage::v1::TASK_KIND_TOMBSTONE);
  tombstone.set_undoes(revision);
  tombstone.set_example_id(undone.example_id());
  tombstone.set_task_id(undone.task_id());
  tombstone.set_queue(undone.queue());
  tombstone.set_annotator(std::string(annotator));
  tombstone.set_answered_unix_micros(absl::ToUnixMicros(now_));
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Answer(record.id(), tombstone.revision()), tombstone));
  changes_.Put(keys::Tombstone(record.id(), revision), keys::EncodeNumber(tombstone.revision()));
  return tombstone.revision();
}

absl::Status Transaction::DropDataset(absl::string_view name) {
  WINNOW_ASSIGN_OR_RETURN(const Dataset record, GetDataset(name));
  changes_.DeletePrefix(keys::AnswersOf(record.id()));
  changes_.DeletePrefix(keys::TombstonesOf(record.id()));
  changes_.Delete(keys::Named(keys::kDatasets, name));
  NextRevision();
  return absl::OkStatus();
}

absl::StatusOr<ImportCounts> Transaction::ImportSource(absl::string_view name,
                                                       const std::vector<Example>& examples) {
  WINNOW_RETURN_IF_ERROR(ValidateName("source", name));
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the texts cannot be stored"));

  absl::StatusOr<Source> source = GetSource(name);
  const bool is_new = absl::IsNotFound(source.status());
  if (is_new) {
    source.emplace();
    source->set_name(std::string(name));
    // The revision of this import: unique, because revisions are never given twice.
    source->set_id(revision_ + 1);
    source->set_created_unix_micros(absl::ToUnixMicros(now_));
  }
  if (!source.ok()) return source.status();
  ImportCounts counts;
  for (const Example& example : examples) {
    const std::string id = ExampleIdOf(example.text());
    WINNOW_ASSIGN_OR_RETURN(const bool has, changes_.Has(keys::Membership(source->id(), id)));
    if (has) {
      ++counts.num_duplicates;
      continue;
    }
    WINNOW_RETURN_IF_ERROR(StoreExample(id, example));
    changes_.Put(keys::Membership(source->id(), id), "");
    changes_.Put(keys::Member(source->id(), source->num_examples() + counts.num_added),
                 absl::StrCat(id, keys::EncodeNumber(revision_ + 1)));
    ++counts.num_added;
  }
  if (!is_new && counts.num_added == 0) return counts;
  source->set_num_examples(source->num_examples() + counts.num_added);
  source->set_revision(NextRevision());
  changes_.Put(keys::Named(keys::kSources, name), source->SerializeAsString());
  return counts;
}

absl::Status Transaction::PutQueue(const Queue& queue) {
  WINNOW_RETURN_IF_ERROR(ValidateName("queue", queue.name()));
  WINNOW_RETURN_IF_ERROR(PutRecord(keys::Named(keys::kQueues, queue.name()), queue));
  NextRevision();
  return absl::OkStatus();
}

absl::Status Transaction::DeleteQueue(absl::string_view name) {
  WINNOW_RETURN_IF_ERROR(GetQueue(name).status());
  changes_.DeletePrefix(keys::TasksOf(name));
  changes_.DeletePrefix(keys::TaskIndexOf(name));
  changes_.Delete(keys::Named(keys::kQueues, name));
  NextRevision();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Transaction::AppendTasks(absl::string_view queue,
                                                  const std::vector<StoredTask>& tasks,
                                                  const std::vector<Example>& examples) {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(StoreExamples(examples));
  for (size_t i = 0; i < tasks.size(); ++i) {
    const std::string where = absl::StrCat("tasks[", i, "]");
    WINNOW_RETURN_IF_ERROR(
        CheckExampleId(absl::StrCat(where, ".example_id"), tasks[i].example_id(), violations));
    if (!tasks[i].task_id().empty())
      CheckTaskId(absl::StrCat(where, ".task_id"), tasks[i].task_id(), violations);
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the tasks cannot be stored"));

  uint64_t num_added = 0;
  for (const StoredTask& task : tasks) {
    const std::string index = keys::TaskIndex(queue, task.example_id(), task.task_id());
    WINNOW_ASSIGN_OR_RETURN(const bool has, changes_.Has(index));
    if (has) continue;
    changes_.Put(index, "");
    WINNOW_RETURN_IF_ERROR(PutRecord(keys::Task(queue, NextRevision()), task));
    ++num_added;
  }
  return num_added;
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

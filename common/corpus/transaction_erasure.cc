// Transaction: texts erased for good. What a text left in the log of a data set goes, too, so that
// nothing of it can be read any more.
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/corpus/transaction.h"

namespace winnow::corpus {

using storage::v1::Dataset;
using storage::v1::LogEntry;
using storage::v1::Source;

absl::Status Transaction::EraseEntry(absl::string_view dataset, uint64_t revision) {
  WINNOW_ASSIGN_OR_RETURN(Dataset record, GetDataset(dataset));
  const std::string key = keys::Answer(record.id(), revision);
  const absl::StatusOr<std::string> bytes = changes_.Get(key);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  if (!bytes.ok()) return bytes.status();
  WINNOW_ASSIGN_OR_RETURN(const LogEntry entry, ParseRecord<LogEntry>(key, *bytes));
  changes_.Delete(key);
  if (!entry.has_answer()) return absl::OkStatus();

  const std::string undo = keys::UndoOf(record.id(), revision);
  WINNOW_ASSIGN_OR_RETURN(const bool is_undone, changes_.Has(undo));
  if (is_undone) {
    changes_.Delete(undo);
    return absl::OkStatus();
  }
  WINNOW_RETURN_IF_ERROR(RemoveStanding(entry.answer(), record));
  return PutRecord(keys::Named(keys::kDatasets, dataset), record);
}

absl::Status Transaction::EraseMember(absl::string_view source, const std::string& example_id) {
  WINNOW_ASSIGN_OR_RETURN(Source record, GetSource(source));
  const std::string membership = keys::Membership(record.id(), example_id);
  WINNOW_ASSIGN_OR_RETURN(const bool is_member, HasMember(record, example_id, NumPlaces(record)));
  if (is_member) {
    WINNOW_ASSIGN_OR_RETURN(const std::string ordinal, changes_.Get(membership));
    changes_.Delete(keys::Member(record.id(), keys::DecodeNumber(ordinal)));
    record.set_num_examples(record.num_examples() - 1);
    WINNOW_RETURN_IF_ERROR(PutRecord(keys::Named(keys::kSources, source), record));
  }
  changes_.Delete(membership);
  changes_.Delete(keys::Fields(record.id(), example_id));
  return absl::OkStatus();
}

void Transaction::EraseTask(absl::string_view queue, uint64_t revision, absl::string_view task_id) {
  changes_.Delete(keys::Task(queue, revision));
  changes_.Delete(keys::TaskIndex(queue, task_id));
}

void Transaction::EraseFrameText(absl::string_view queue, uint64_t frame,
                                 absl::string_view example_id) {
  changes_.Delete(keys::FrameText(queue, frame, example_id));
}

void Transaction::EraseExample(absl::string_view example_id) {
  changes_.Delete(keys::Example(example_id));
}

}  // namespace winnow::corpus

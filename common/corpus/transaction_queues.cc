// Transaction: queues, and what belongs to them.
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/names.h"
#include "common/corpus/keys.h"
#include "common/corpus/lookup.h"
#include "common/corpus/transaction.h"

namespace winnow::corpus {

using storage::v1::Example;
using storage::v1::FrameText;
using storage::v1::Lease;
using storage::v1::Queue;
using storage::v1::Task;

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
  changes_.DeletePrefix(keys::FrameOf(name));
  changes_.DeletePrefix(keys::LeasesOf(name));
  changes_.Delete(keys::Named(keys::kQueues, name));
  NextRevision();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Transaction::AppendTasks(absl::string_view queue,
                                                  const std::vector<Task>& tasks,
                                                  const std::vector<Example>& examples) {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  Violations violations;
  CheckExamples(examples, violations);
  WINNOW_RETURN_IF_ERROR(StoreExamples(examples));
  for (size_t i = 0; i < tasks.size(); ++i) {
    const std::string where = absl::StrCat("tasks[", i, "]");
    WINNOW_RETURN_IF_ERROR(
        CheckExampleId(absl::StrCat(where, ".example_id"), tasks[i].example_id(), violations));
    CheckTaskId(absl::StrCat(where, ".id"), tasks[i].id(), violations);
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the tasks cannot be stored"));

  uint64_t num_added = 0;
  for (const Task& task : tasks) {
    const std::string index = keys::TaskIndex(queue, task.id());
    WINNOW_ASSIGN_OR_RETURN(const bool has, changes_.Has(index));
    if (has) continue;
    const uint64_t revision = NextRevision();
    changes_.Put(index, keys::EncodeNumber(revision));
    WINNOW_RETURN_IF_ERROR(PutRecord(keys::Task(queue, revision), task));
    ++num_added;
  }
  return num_added;
}

absl::Status Transaction::PutFrameTexts(absl::string_view queue,
                                        const std::vector<FrameText>& texts) {
  WINNOW_RETURN_IF_ERROR(GetQueue(queue).status());
  Violations violations;
  for (size_t i = 0; i < texts.size(); ++i) {
    WINNOW_RETURN_IF_ERROR(CheckExampleId(absl::StrCat("texts[", i, "].example_id"),
                                          texts[i].example_id(), violations));
  }
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the audit frame cannot be stored"));

  for (const FrameText& text : texts) {
    WINNOW_RETURN_IF_ERROR(
        PutRecord(keys::FrameText(queue, text.frame(), text.example_id()), text));
  }
  return absl::OkStatus();
}

absl::Status Transaction::PublishFrame(absl::string_view queue, size_t index,
                                       storage::v1::AuditFrame frame) {
  WINNOW_ASSIGN_OR_RETURN(Queue record, GetQueue(queue));
  const auto num_frames = static_cast<size_t>(record.frames_size());
  if (index > num_frames) {
    return absl::OutOfRangeError(absl::StrCat("queue \"", queue, "\" has ", num_frames,
                                              " audit frames, none before ", index));
  }
  if (index == num_frames) record.add_frames();
  storage::v1::AuditFrame& stored = *record.mutable_frames(static_cast<int>(index));
  if (stored.stored_revision() != 0) return absl::OkStatus();
  frame.set_stored_revision(NextRevision());
  stored = std::move(frame);
  return PutRecord(keys::Named(keys::kQueues, queue), record);
}

void Transaction::PutLease(absl::string_view queue, const Lease& lease) {
  changes_.Put(keys::Lease(queue, lease.task().id(), lease.annotator()), lease.SerializeAsString());
}

absl::Status Transaction::RenewLease(absl::string_view queue, const Lease& lease) {
  WINNOW_ASSIGN_OR_RETURN(const bool is_held,
                          changes_.Has(keys::Lease(queue, lease.task().id(), lease.annotator())));
  if (is_held) PutLease(queue, lease);
  return absl::OkStatus();
}

void Transaction::DeleteLease(absl::string_view queue, absl::string_view task_id,
                              absl::string_view annotator) {
  changes_.Delete(keys::Lease(queue, task_id, annotator));
}

}  // namespace winnow::corpus

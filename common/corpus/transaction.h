// What can be changed in a corpus, inside Corpus::Mutate.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/corpus/overlay.h"
#include "common/kv/store.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/tasks.pb.h"

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
  // their revisions, in order and consecutive. `examples` are stored first, each once. Refused with
  // all violations at once: ids that are not 16 bytes, an example that is neither stored nor given,
  // no kind or verdict. `revision` of the answers is ignored; task ids are the caller's (ids.h).
  absl::StatusOr<std::vector<uint64_t>> AppendAnswers(
      absl::string_view dataset, std::vector<storage::v1::Answer> answers,
      const std::vector<storage::v1::Example>& examples = {});

  // The same in several mutations, for imports of any size into a data set that does not exist yet.
  // StageAnswers appends where no reader sees it; `staged` is empty at first, and grows.
  // PublishAnswers then shows the whole. What a broken import left is removed by the next one of
  // that name. One import at a time for each name. FailedPrecondition when there is such a data
  // set.
  absl::Status StageAnswers(absl::string_view dataset, std::vector<storage::v1::Answer> answers,
                            const std::vector<storage::v1::Example>& examples,
                            storage::v1::Dataset& staged);
  absl::Status PublishAnswers(const storage::v1::Dataset& staged);

  // Appends a person's answer to a task that `overlap` different people are to answer. It is marked
  // surplus when as many others have answered the task in the data set, whichever queue asked them,
  // or when it comes so marked. FailedPrecondition (ALREADY_ANSWERED) when the person has answered
  // it. Refusals as of AppendAnswers.
  absl::StatusOr<storage::v1::Answer> AnswerTask(absl::string_view dataset,
                                                 storage::v1::Answer answer, uint32_t overlap);

  // Takes back an answer by appending a tombstone, and returns the tombstone's revision.
  // FailedPrecondition when it is undone already or itself a tombstone, NotFound when there is
  // none.
  absl::StatusOr<uint64_t> Undo(absl::string_view dataset, uint64_t revision,
                                absl::string_view annotator);

  // Removes a data set with its answers. Texts stay: other data sets and sources may hold them.
  absl::Status DropDataset(absl::string_view name);

  // Adds texts to a source, which is made if need be; one revision in all. `fields`: of each
  // example the other keys of its row, a JSON object or empty; may be left out. Of a text that
  // occurs again those of the first stay. InvalidArgument for an empty text.
  absl::StatusOr<ImportCounts> ImportSource(absl::string_view name,
                                            const std::vector<storage::v1::Example>& examples,
                                            const std::vector<std::string>& fields = {});
  // The same in several mutations, for imports of any size. StageTexts writes texts where no reader
  // sees them; `staged` are the counts of the import so far, and grow. PublishTexts then shows them
  // all, with one revision. One import at a time for each source.
  absl::Status StageTexts(absl::string_view name, const std::vector<storage::v1::Example>& examples,
                          ImportCounts& staged, const std::vector<std::string>& fields = {});
  absl::Status PublishTexts(absl::string_view name, const ImportCounts& staged);

  // Removes a source. Texts stay: data sets may hold them.
  absl::Status DropSource(absl::string_view name);

  // Makes or replaces the queue of that name.
  absl::Status PutQueue(const storage::v1::Queue& queue);
  // Removes a queue with its stored tasks, frames and leases. Its answers stay in their data set.
  absl::Status DeleteQueue(absl::string_view name);
  // Stores tasks with a queue and returns the number of those it did not have yet, by their ids.
  // `examples` and refusals as in AppendAnswers.
  absl::StatusOr<uint64_t> AppendTasks(absl::string_view queue,
                                       const std::vector<storage::v1::Task>& tasks,
                                       const std::vector<storage::v1::Example>& examples = {});
  // Stores texts of audit frames with a queue, in place of what there is of the same text in the
  // same frame. Nobody sees them before PublishFrame, so that a frame may be written in pieces.
  // InvalidArgument when a text is not stored.
  absl::Status PutFrameTexts(absl::string_view queue,
                             const std::vector<storage::v1::FrameText>& texts);
  // Makes the queue's frame of that index visible, which is `frame`; it gets its revision.
  // Nothing happens when it is visible already. OutOfRange when frames before it are missing.
  absl::Status PublishFrame(absl::string_view queue, size_t index, storage::v1::AuditFrame frame);
  // Bookkeeping of who has which task; takes no revision. One lease for each task and person.
  void PutLease(absl::string_view queue, const storage::v1::Lease& lease);
  // Only while it is stored.
  absl::Status RenewLease(absl::string_view queue, const storage::v1::Lease& lease);
  void DeleteLease(absl::string_view queue, absl::string_view task_id, absl::string_view annotator);

  // Parts of erasing a text (erasure.h); they take no revision. Nothing happens where there is
  // nothing (any more).
  absl::Status EraseEntry(absl::string_view dataset, uint64_t revision);
  absl::Status EraseMember(absl::string_view source, const std::string& example_id);
  void EraseTask(absl::string_view queue, uint64_t revision, absl::string_view task_id);
  void EraseFrameText(absl::string_view queue, uint64_t frame, absl::string_view example_id);
  void EraseExample(absl::string_view example_id);

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
  absl::Status PutRecord(std::string key, const google::protobuf::MessageLite& record);
  // Adds what is wrong with the examples to the violations.
  static void CheckExamples(const std::vector<storage::v1::Example>& examples,
                            Violations& violations);
  // Stores the text under its id unless it is there.
  absl::Status StoreExample(const std::string& id, const storage::v1::Example& example);
  absl::Status StoreExamples(const std::vector<storage::v1::Example>& examples);
  // A violation when `id` is not an id, or not of a stored text.
  absl::Status CheckExampleId(const std::string& where, const std::string& id,
                              Violations& violations) const;
  static void CheckTaskId(const std::string& where, const std::string& id, Violations& violations);
  // NotFound when no text has this id.
  absl::StatusOr<storage::v1::Example> GetExample(const std::string& id) const;
  // Whether the text is among the first `num_members` of the source.
  absl::StatusOr<bool> HasMember(const storage::v1::Source& source, const std::string& example_id,
                                 uint64_t num_members) const;
  // Keeps, or clears what a broken import left, of a new member of a source.
  absl::Status PutFields(const storage::v1::Source& source, const std::string& example_id,
                         const std::string& fields);
  uint64_t NextRevision() { return ++revision_; }

  // The data set of that name, made if need be.
  absl::StatusOr<storage::v1::Dataset> FindOrMakeDataset(absl::string_view name);
  // Checks and stores what AppendAnswers is given, and appends it to `record`, which the caller
  // stores.
  absl::StatusOr<std::vector<uint64_t>> AppendAll(std::vector<storage::v1::Answer> answers,
                                                  const std::vector<storage::v1::Example>& examples,
                                                  storage::v1::Dataset& record);
  absl::Status CheckIsNew(absl::string_view dataset) const;
  void DeleteAnswers(const storage::v1::Dataset& dataset);
  // Adds what is wrong with the answer to the violations.
  absl::Status CheckAnswer(const std::string& where, const storage::v1::Answer& answer,
                           Violations& violations) const;
  // What the data set answers of a text; nothing yet for a text without answers.
  absl::StatusOr<storage::v1::TextAnswers> GetTextAnswers(const storage::v1::Dataset& dataset,
                                                          const std::string& example_id) const;
  // Gives the answer its revision, appends it, and keeps `dataset` and the index of its text up to
  // date; the caller stores `dataset`.
  absl::Status Append(storage::v1::Answer& answer, storage::v1::TextAnswers texts,
                      storage::v1::Dataset& dataset);
  // The opposite of Append for an answer that stands.
  absl::Status RemoveStanding(const storage::v1::Answer& answer, storage::v1::Dataset& dataset);
  // The source of that name, or one that readers do not see yet.
  absl::StatusOr<storage::v1::Source> FindOrBeginSource(absl::string_view name);

  const kv::Store& store_;
  Overlay& changes_;
  uint64_t revision_;
  const absl::Time now_;
};

}  // namespace winnow::corpus

#include "common/corpus/erasure.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/text/split_key.h"

namespace winnow::corpus {
namespace {

using Ids = std::set<std::string>;

// Found at one moment; new answers may come while they are erased.
struct Places {
  Ids ids;
  struct Entry {
    std::string dataset;
    uint64_t revision;
    bool is_answer;
  };
  // Answers, and undos of them.
  std::vector<Entry> entries;
  struct Row {
    std::string source;
    std::string example_id;
  };
  std::vector<Row> rows;
  struct QueueTask {
    std::string queue;
    uint64_t revision;
    storage::v1::Task task;
  };
  std::vector<QueueTask> tasks;
  struct QueueLease {
    std::string queue;
    storage::v1::Lease lease;
  };
  std::vector<QueueLease> leases;
  struct Frame {
    std::string queue;
    storage::v1::FrameText text;
  };
  std::vector<Frame> frames;
};

absl::Status FindInDatasets(const CorpusReader& reader, Places& places) {
  WINNOW_ASSIGN_OR_RETURN(const auto datasets, reader.ListDatasets());
  for (const storage::v1::Dataset& dataset : datasets) {
    std::set<uint64_t> answers;
    WINNOW_RETURN_IF_ERROR(
        reader.ForEachEntry(dataset.name(), 0, kLatest, [&](const storage::v1::LogEntry& entry) {
          const bool of_text =
              entry.has_answer() && places.ids.contains(entry.answer().example_id());
          if (of_text) answers.insert(entry.answer().revision());
          if (of_text) places.entries.push_back({dataset.name(), entry.answer().revision(), true});
          // An undo comes after its answer.
          if (entry.has_undo() && answers.contains(entry.undo().undoes()))
            places.entries.push_back({dataset.name(), entry.undo().revision(), false});
          return true;
        }));
  }
  return absl::OkStatus();
}

absl::Status FindInSources(const CorpusReader& reader, Places& places) {
  WINNOW_ASSIGN_OR_RETURN(const auto sources, reader.ListSources());
  for (const storage::v1::Source& source : sources) {
    for (const std::string& id : places.ids) {
      WINNOW_ASSIGN_OR_RETURN(const bool has, reader.HasSourceText(source, id));
      if (has) places.rows.push_back({source.name(), id});
    }
  }
  return absl::OkStatus();
}

absl::Status FindInQueues(const CorpusReader& reader, Places& places) {
  WINNOW_ASSIGN_OR_RETURN(const auto queues, reader.ListQueues());
  for (const storage::v1::Queue& queue : queues) {
    const std::string& name = queue.name();
    WINNOW_RETURN_IF_ERROR(
        reader.ForEachTask(name, 0, kLatest, [&](uint64_t revision, const storage::v1::Task& task) {
          if (places.ids.contains(task.example_id()))
            places.tasks.push_back({name, revision, task});
          return true;
        }));
    WINNOW_RETURN_IF_ERROR(reader.ForEachLease(name, [&](const storage::v1::Lease& lease) {
      if (places.ids.contains(lease.task().example_id())) places.leases.push_back({name, lease});
      return true;
    }));
    WINNOW_RETURN_IF_ERROR(
        reader.ForEachFrameText(name, kLatest, [&](const storage::v1::FrameText& text) {
          if (places.ids.contains(text.example_id())) places.frames.push_back({name, text});
          return true;
        }));
  }
  return absl::OkStatus();
}

absl::StatusOr<Places> Find(const CorpusReader& reader, const std::set<uint64_t>& split_keys) {
  Places places;
  WINNOW_RETURN_IF_ERROR(
      reader.ForEachExample([&](const std::string& id, const storage::v1::Example& example) {
        if (split_keys.contains(text::SplitKey(example.text()))) places.ids.insert(id);
        return true;
      }));
  if (places.ids.empty()) return places;
  WINNOW_RETURN_IF_ERROR(FindInDatasets(reader, places));
  WINNOW_RETURN_IF_ERROR(FindInSources(reader, places));
  WINNOW_RETURN_IF_ERROR(FindInQueues(reader, places));
  return places;
}

// The texts themselves come last, so that a break leaves them to be found again.
absl::Status Erase(const Places& places, Transaction& transaction) {
  for (const Places::Entry& entry : places.entries)
    WINNOW_RETURN_IF_ERROR(transaction.EraseEntry(entry.dataset, entry.revision));
  for (const Places::Row& row : places.rows)
    WINNOW_RETURN_IF_ERROR(transaction.EraseMember(row.source, row.example_id));
  for (const Places::QueueTask& item : places.tasks)
    transaction.EraseTask(item.queue, item.revision, item.task.id());
  for (const Places::QueueLease& item : places.leases) {
    transaction.DeleteLease(item.queue, item.lease.task().id(), item.lease.annotator());
  }
  for (const Places::Frame& item : places.frames)
    transaction.EraseFrameText(item.queue, item.text.frame(), item.text.example_id());
  for (const std::string& id : places.ids) transaction.EraseExample(id);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ErasedTexts> EraseTexts(Corpus& corpus, const std::set<uint64_t>& split_keys) {
  ErasedTexts erased;
  // Answers may come between looking and erasing.
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(const Places places, Find(corpus.reader(), split_keys));
    if (places.ids.empty()) return erased;
    WINNOW_RETURN_IF_ERROR(
        corpus.Change([&](Transaction& transaction) { return Erase(places, transaction); }));
    erased.num_texts += places.ids.size();
    for (const Places::Entry& entry : places.entries) erased.num_answers += entry.is_answer;
    erased.num_source_rows += places.rows.size();
    erased.num_tasks += places.tasks.size() + places.leases.size() + places.frames.size();
  }
}

}  // namespace winnow::corpus

#include "common/corpus/follower.h"

#include "common/base/status.h"

namespace winnow::corpus {

absl::Status LogFollower::Follow(const CorpusReader& reader, uint64_t up_to_revision,
                                 LogVisitor& visitor) {
  const absl::StatusOr<storage::v1::Dataset> dataset = reader.GetDataset(dataset_);
  if (!dataset.ok() && !absl::IsNotFound(dataset.status())) return dataset.status();
  // Before its first answer there is no data set.
  const uint64_t dataset_id = dataset.ok() ? dataset->id() : 0;
  if (dataset_id != dataset_id_) {
    dataset_id_ = dataset_id;
    revision_ = 0;
    visitor.Restart();
  }
  if (dataset_id == 0 || dataset->last_revision() <= revision_) return absl::OkStatus();

  return reader.ForEachEntry(
      dataset_, revision_, up_to_revision,
      [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
        if (entry.has_answer()) {
          WINNOW_RETURN_IF_ERROR(visitor.Added(entry.answer()));
          revision_ = entry.answer().revision();
        } else {
          WINNOW_ASSIGN_OR_RETURN(const storage::v1::Answer answer,
                                  reader.GetAnswer(dataset_, entry.undo().undoes()));
          WINNOW_RETURN_IF_ERROR(visitor.Undone(answer, entry.undo().revision()));
          revision_ = entry.undo().revision();
        }
        return true;
      });
}

}  // namespace winnow::corpus

#include "common/corpus/standing.h"

#include <algorithm>
#include <vector>

#include "common/base/status.h"

namespace winnow::corpus {

absl::Status ForEachStandingAnswer(const CorpusReader& reader, absl::string_view dataset,
                                   uint64_t up_to_revision, Visit<storage::v1::Answer> visit) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<uint64_t> undone,
                          reader.ListUndone(dataset, up_to_revision));
  const auto stands = [&](const storage::v1::Answer& answer) {
    return !answer.surplus() &&
           !std::binary_search(undone.begin(), undone.end(), answer.revision());
  };
  return reader.ForEachEntry(dataset, 0, up_to_revision,
                             [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
                               if (!entry.has_answer() || !stands(entry.answer())) return true;
                               return visit(entry.answer());
                             });
}

}  // namespace winnow::corpus

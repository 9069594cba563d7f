#include "common/corpus/standing.h"

#include <algorithm>
#include <utility>
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

absl::StatusOr<std::vector<DatasetAnswer>> ReadStandingAnswers(
    const CorpusReader& reader, absl::Span<const std::string> datasets,
    absl::string_view example_id) {
  std::vector<DatasetAnswer> answers;
  for (const std::string& dataset : datasets) {
    WINNOW_ASSIGN_OR_RETURN(const storage::v1::TextAnswers text,
                            reader.GetTextAnswers(dataset, example_id));
    for (const storage::v1::TextAnswers::Entry& entry : text.entries()) {
      if (entry.surplus()) continue;
      absl::StatusOr<storage::v1::Answer> answer = reader.GetAnswer(dataset, entry.revision());
      // It was erased, or its data set dropped, since.
      if (absl::IsNotFound(answer.status())) continue;
      if (!answer.ok()) return answer.status();
      answers.push_back({dataset, *std::move(answer)});
    }
  }
  std::sort(answers.begin(), answers.end(), [](const DatasetAnswer& a, const DatasetAnswer& b) {
    return a.answer.revision() < b.answer.revision();
  });
  return answers;
}

}  // namespace winnow::corpus

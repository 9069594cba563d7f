#include "common/corpus/standing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace winnow::corpus {

absl::Status ForEachAnswer(const CorpusReader& reader, absl::string_view dataset,
                           uint64_t up_to_revision, Visit<storage::v1::Answer, bool> visit) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<uint64_t> undone,
                          reader.ListUndone(dataset, up_to_revision));
  return reader.ForEachEntry(
      dataset, 0, up_to_revision, [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
        if (!entry.has_answer()) return true;
        const uint64_t revision = entry.answer().revision();
        return visit(entry.answer(), std::binary_search(undone.begin(), undone.end(), revision));
      });
}

absl::Status ForEachStandingAnswer(const CorpusReader& reader, absl::string_view dataset,
                                   uint64_t up_to_revision, Visit<storage::v1::Answer> visit) {
  return ForEachAnswer(reader, dataset, up_to_revision,
                       [&](const storage::v1::Answer& answer, bool undone) -> absl::StatusOr<bool> {
                         if (undone || answer.surplus()) return true;
                         return visit(answer);
                       });
}

absl::Status ForEachCheck(const CorpusReader& reader, absl::string_view dataset,
                          uint64_t up_to_revision, Visit<storage::v1::Answer> visit) {
  return ForEachAnswer(reader, dataset, up_to_revision,
                       [&](const storage::v1::Answer& answer, bool undone) -> absl::StatusOr<bool> {
                         if (undone || !answer.has_check()) return true;
                         return visit(answer);
                       });
}

storage::v1::Verdict VerdictOf(const storage::v1::Decision& decision,
                               const storage::v1::Answer& answer) {
  return decision.verdict() == storage::v1::VERDICT_UNSPECIFIED ? answer.verdict()
                                                                : decision.verdict();
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

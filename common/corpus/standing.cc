#include "common/corpus/standing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/base/status.h"

namespace winnow::corpus {
namespace {

// The wanted ones of the answers that were not taken back up to a revision.
absl::Status ForEachKeptAnswer(const CorpusReader& reader, absl::string_view dataset,
                               uint64_t up_to_revision,
                               absl::FunctionRef<bool(const storage::v1::Answer&)> is_wanted,
                               Visit<storage::v1::Answer> visit) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<uint64_t> undone,
                          reader.ListUndone(dataset, up_to_revision));
  const auto is_kept = [&](const storage::v1::Answer& answer) {
    return is_wanted(answer) &&
           !std::binary_search(undone.begin(), undone.end(), answer.revision());
  };
  return reader.ForEachEntry(dataset, 0, up_to_revision,
                             [&](const storage::v1::LogEntry& entry) -> absl::StatusOr<bool> {
                               if (!entry.has_answer() || !is_kept(entry.answer())) return true;
                               return visit(entry.answer());
                             });
}

}  // namespace

absl::Status ForEachStandingAnswer(const CorpusReader& reader, absl::string_view dataset,
                                   uint64_t up_to_revision, Visit<storage::v1::Answer> visit) {
  return ForEachKeptAnswer(
      reader, dataset, up_to_revision,
      [](const storage::v1::Answer& answer) { return !answer.surplus(); }, visit);
}

absl::Status ForEachCheck(const CorpusReader& reader, absl::string_view dataset,
                          uint64_t up_to_revision, Visit<storage::v1::Answer> visit) {
  return ForEachKeptAnswer(
      reader, dataset, up_to_revision,
      [](const storage::v1::Answer& answer) { return answer.has_check(); }, visit);
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

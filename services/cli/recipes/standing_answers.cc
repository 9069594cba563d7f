#include "services/cli/recipes/standing_answers.h"

#include <cstdint>
#include <map>
#include <utility>

#include "common/base/status.h"

namespace winnow::cli {

using annotation::v1::Answer;

absl::StatusOr<std::vector<Answer>> ListStandingAnswers(Session& session,
                                                        const std::string& dataset) {
  // An undo may come any number of pages after its answer, so all are read before the first is
  // used.
  annotation::v1::ListAnswersRequest request;
  request.set_dataset(dataset);
  request.set_page_size(10'000);
  std::map<uint64_t, Answer> standing;
  while (true) {
    WINNOW_ASSIGN_OR_RETURN(
        annotation::v1::ListAnswersResponse page,
        Call(session.annotation(), &annotation::v1::AnnotationService::Stub::ListAnswers, request));
    for (annotation::v1::LogEntry& entry : *page.mutable_entries()) {
      if (entry.has_undo()) {
        request.set_after_revision(entry.undo().revision());
        standing.erase(entry.undo().undone_revision());
      } else {
        request.set_after_revision(entry.answer().revision());
        standing[entry.answer().revision()] = std::move(*entry.mutable_answer());
      }
    }
    if (!page.has_more() || page.entries().empty()) break;
  }
  std::vector<Answer> answers;
  for (auto& [revision, answer] : standing) {
    if (!answer.surplus()) answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace winnow::cli

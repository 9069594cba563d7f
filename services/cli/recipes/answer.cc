// answer: the tasks of a queue that somebody has made.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/cli/recipes/annotating.h"
#include "services/cli/recipes/mark_questions.h"
#include "services/cli/recipes/markup_questions.h"
#include "services/cli/recipes/recipes.h"
#include "services/cli/recipes/review_questions.h"
#include "services/cli/recipes/span_questions.h"
#include "services/cli/shell/connect.h"
#include "services/cli/terminal/table.h"

namespace winnow::cli {
namespace {

std::string Summary(const Answered& answered, const annotation::v1::Queue& queue) {
  return absl::StrCat(CountsOf(answered), "\nqueue ", queue.spec().name(), ": ",
                      AnswersInAll(queue.status()), "\n");
}

absl::StatusOr<Questions> QuestionsOf(const annotation::v1::Queue& queue) {
  switch (queue.spec().kind()) {
    case annotation::v1::TASK_KIND_TEACH:
      return SpanQuestions("teach", Summary);
    case annotation::v1::TASK_KIND_MANUAL:
      if (queue.spec().labels().empty()) return MarkQuestions();
      return MarkupQuestions("manual");
    case annotation::v1::TASK_KIND_CORRECT:
      return MarkupQuestions("manual");
    case annotation::v1::TASK_KIND_REVIEW:
      return ReviewQuestions();
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("queue ", queue.spec().name(),
                       " has comparisons; `winnow ner.eval-ab` with the models, the source and the "
                       "dataset that it was made with answers it"));
  }
}

absl::Status Run(const Invocation& invocation, Environment& environment) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, environment.connect(invocation, environment));
  WINNOW_ASSIGN_OR_RETURN(const annotation::v1::Queue queue,
                          GetQueue(invocation.Argument("QUEUE"), /*wait=*/false, *session));
  WINNOW_ASSIGN_OR_RETURN(const Questions questions, QuestionsOf(queue));
  return AnswerQueue(queue, questions, invocation, *session, environment);
}

}  // namespace

Command Answer() {
  return {
      ClientSpec({.name = "answer",
                  .summary = "Answer the tasks of a queue that somebody has made",
                  .arguments = {{"QUEUE", "a queue that `winnow progress` lists"}},
                  .options = AnsweringOptionSpecs(),
                  .example = "answer job_titles",
                  .notes = absl::StrCat(
                      "Of ner.teach and ner.match (yes or no):\n", kSpanHelp, "\n\nOf mark:\n",
                      kMarkKeys, "\n\nOf ner.manual, ner.correct and ner.silver-to-gold:\n",
                      kMarkupHelp, "\n\nOf review:\n", kReviewHelp,
                      "\n\nWhat you leave goes to the others. It wants no more than the role of an "
                      "annotator, but for --oracle, and for review, which wants a reviewer.")}),
      Run};
}

}  // namespace winnow::cli

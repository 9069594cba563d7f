#include "common/teach/review_finder.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/corpus/transaction.h"
#include "common/stats/asking.h"
#include "common/tasks/kinds.h"
#include "common/teach/pool.h"
#include "common/text/spans.h"

namespace winnow::teach {

using storage::v1::Answer;
using storage::v1::Review;
using storage::v1::Task;

namespace {

Task MakeTask(absl::string_view example_id, const Review& review) {
  Task task;
  task.set_example_id(std::string(example_id));
  task.set_kind(storage::v1::TASK_KIND_REVIEW);
  task.set_id(ReviewTaskIdOf(example_id, review));
  *task.mutable_review() = review;
  task.mutable_selection()->set_strategy(
      std::string(IsUnanimous(review) ? stats::kUnanimousStrategy : kDisagreementStrategy));
  return task;
}

}  // namespace

ReviewFinder::ReviewFinder(corpus::Corpus& corpus, const storage::v1::Queue& queue)
    : corpus_(corpus),
      queue_(queue),
      inputs_(queue.input_datasets().begin(), queue.input_datasets().end()),
      labels_(queue.labels().begin(), queue.labels().end()) {}

absl::StatusOr<bool> ReviewFinder::Follow() {
  WINNOW_ASSIGN_OR_RETURN(const uint64_t revision, LastChange(corpus_.reader(), queue_));
  return std::exchange(revision_, revision) != revision;
}

absl::StatusOr<std::vector<Review>> ReviewFinder::ReviewsOf(absl::string_view example_id) const {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<corpus::DatasetAnswer> answers,
                          corpus::ReadStandingAnswers(corpus_.reader(), inputs_, example_id));
  return FindReviews(answers, labels_);
}

absl::StatusOr<size_t> ReviewFinder::Find(const corpus::Id& example,
                                          std::vector<FoundTask>& found) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Review> reviews, ReviewsOf(example.bytes()));
  for (const Review& review : reviews) {
    if (NumPeople(review) < 2) continue;
    has_shared_ = true;
    if (queue_.auto_accept() && IsUnanimous(review)) {
      WINNOW_RETURN_IF_ERROR(Accept(example, review));
    } else {
      found.push_back(FoundOf(example, review));
    }
  }
  return 0;
}

FoundTask ReviewFinder::FoundOf(const corpus::Id& example, const Review& review) {
  FoundTask task;
  task.example = example;
  task.worth = IsUnanimous(review) ? 0 : 1;
  if (review.coverage() == storage::v1::COVERAGE_BINARY) {
    task.start = review.span().start();
    task.end = review.span().end();
    task.label = static_cast<uint32_t>(absl::c_find(queue_.labels(), review.span().label()) -
                                       queue_.labels().begin());
    return task;
  }
  const Labels labels(review.labels().begin(), review.labels().end());
  MutexLock lock(mutex_);
  const auto known = absl::c_find(label_sets_, labels);
  task.label = static_cast<uint32_t>(known - label_sets_.begin());
  if (known == label_sets_.end()) label_sets_.push_back(labels);
  return task;
}

Review ReviewFinder::ReviewOf(const FoundTask& found) const {
  Review review;
  if (found.end > 0) {
    review.set_coverage(storage::v1::COVERAGE_BINARY);
    *review.mutable_span() =
        text::MakeSpan(found.start, found.end, queue_.labels(static_cast<int>(found.label)));
    return review;
  }
  review.set_coverage(storage::v1::COVERAGE_COMPLETE);
  MutexLock lock(mutex_);
  const Labels& labels = label_sets_[found.label];
  *review.mutable_labels() = {labels.begin(), labels.end()};
  return review;
}

absl::StatusOr<bool> ReviewFinder::IsDecided(absl::string_view example_id,
                                             absl::string_view task_id) const {
  const absl::StatusOr<storage::v1::TextAnswers> text =
      corpus_.reader().GetTextAnswers(queue_.dataset(), example_id);
  // Before its first answer there is no data set.
  if (absl::IsNotFound(text.status())) return false;
  WINNOW_RETURN_IF_ERROR(text.status());
  return absl::c_any_of(text->entries(),
                        [&](const auto& entry) { return entry.task_id() == task_id; });
}

absl::Status ReviewFinder::Accept(const corpus::Id& example, const Review& review) {
  const Task task = MakeTask(example.bytes(), review);
  WINNOW_ASSIGN_OR_RETURN(const bool is_decided, IsDecided(task.example_id(), task.id()));
  if (is_decided) return absl::OkStatus();
  const Review::Version& version = review.versions(0);
  tasks::Judgement judgement;
  judgement.verdict = version.verdict();
  judgement.spans = {version.spans().begin(), version.spans().end()};
  const uint32_t end = judgement.spans.empty() ? 0 : judgement.spans.back().end();
  absl::StatusOr<Answer> answer = tasks::MakeAnswer(task, judgement, end);
  // Imported spans may overlap, which no decision may.
  if (absl::IsInvalidArgument(answer.status())) return absl::OkStatus();
  WINNOW_RETURN_IF_ERROR(answer.status());
  answer->set_annotator(std::string(kAutoAnnotator));
  answer->set_queue(queue_.name());
  accepted_.push_back(*std::move(answer));
  return absl::OkStatus();
}

absl::Status ReviewFinder::Finish() {
  std::vector<corpus::Mutation> mutations;
  for (Answer& answer : std::exchange(accepted_, {})) {
    mutations.push_back(
        {{},
         [this, answer = std::move(answer)](
             corpus::Transaction& transaction) mutable -> absl::StatusOr<std::string> {
           answer.set_answered_unix_micros(absl::ToUnixMicros(transaction.now()));
           WINNOW_RETURN_IF_ERROR(
               transaction.AnswerTask(queue_.dataset(), answer, /*overlap=*/1).status());
           return "";
         }});
  }
  for (const absl::StatusOr<std::string>& reply : corpus_.MutateAll(std::move(mutations))) {
    // Another queue on the data set may have accepted it, too.
    if (!absl::IsFailedPrecondition(reply.status())) WINNOW_RETURN_IF_ERROR(reply.status());
  }
  return absl::OkStatus();
}

Task ReviewFinder::TaskOf(const FoundTask& found) const {
  return MakeTask(found.example.bytes(), ReviewOf(found));
}

absl::Status ReviewFinder::Complete(Task& task) const {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<Review> reviews, ReviewsOf(task.example_id()));
  // Without answers, which were taken back since, there are no versions.
  task.mutable_review()->clear_versions();
  for (const Review& review : reviews) {
    if (ReviewTaskIdOf(task.example_id(), review) == task.id())
      task = MakeTask(task.example_id(), review);
  }
  task.mutable_review()->set_hide_names(queue_.hide_names());
  return absl::OkStatus();
}

std::string ReviewFinder::WhyExhausted() const {
  const std::string inputs = absl::StrJoin(inputs_, ", ");
  if (!has_shared_) {
    return absl::StrCat(
        "no two people have answered the same question, or annotated the same "
        "text, about ",
        absl::StrJoin(queue_.labels(), ", "), " in ", inputs, ": there is nothing to review");
  }
  return absl::StrCat("everything that two people have answered in ", inputs, " is decided");
}

}  // namespace winnow::teach

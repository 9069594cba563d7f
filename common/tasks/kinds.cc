#include "common/tasks/kinds.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/text/spans.h"

namespace winnow::tasks {
namespace {

using storage::v1::Answer;
using storage::v1::Comparison;
using storage::v1::Decision;
using storage::v1::Span;
using storage::v1::Task;

void CheckVerdict(const Judgement& judgement, Violations& violations) {
  if (judgement.verdict != storage::v1::VERDICT_ACCEPT &&
      judgement.verdict != storage::v1::VERDICT_REJECT &&
      judgement.verdict != storage::v1::VERDICT_IGNORE) {
    violations.Add("verdict", "must be ACCEPT, REJECT or IGNORE");
  }
  if (judgement.took < absl::ZeroDuration() || judgement.took > kMaxTook)
    violations.Add("took", "must lie between 0 and one day");
}

void CheckNoChoice(const Judgement& judgement, Violations& violations) {
  if (judgement.choice != Choice::kNone) violations.Add("choice", "is for comparisons only");
}

// Spans lie in the text, have one of the labels, and do not overlap each other.
template <typename Labels>
void CheckSpans(const Judgement& judgement, const Labels& labels, uint32_t num_code_points,
                Violations& violations) {
  for (size_t i = 0; i < judgement.spans.size(); ++i) {
    const Span& span = judgement.spans[i];
    const std::string where = absl::StrCat("spans[", i, "]");
    if (span.start() >= span.end()) violations.Add(where, "is empty");
    if (span.end() > num_code_points) {
      violations.Add(where, absl::StrCat("ends at ", span.end(), ", behind the text's end at ",
                                         num_code_points));
    }
    if (std::find(labels.begin(), labels.end(), span.label()) == labels.end())
      violations.Add(where,
                     absl::StrCat("has the label '", span.label(), "', not one of the task"));
    for (size_t j = 0; j < i; ++j) {
      if (text::Overlaps(span, judgement.spans[j]))
        violations.Add(where, absl::StrCat("overlaps spans[", j, "]"));
    }
  }
}

void AddDecision(const Span& span, storage::v1::Verdict verdict, Answer& answer) {
  Decision& decision = *answer.add_decisions();
  *decision.mutable_span() = span;
  decision.set_verdict(verdict);
}

// Teach: the verdict is on the span shown. A reject may name the right spans instead.

void CheckTeach(const Task& task, const Judgement& judgement, uint32_t num_code_points,
                Violations& violations) {
  CheckNoChoice(judgement, violations);
  if (judgement.spans.empty()) return;
  if (judgement.verdict != storage::v1::VERDICT_REJECT) {
    violations.Add("spans", "mend a rejected span; with another verdict there are none");
    return;
  }
  const std::array<std::string, 1> label = {task.question().span().label()};
  CheckSpans(judgement, label, num_code_points, violations);
  for (const Span& span : judgement.spans) {
    if (text::SameSpan(span, task.question().span()))
      violations.Add("spans", "hold the span that the verdict rejects");
  }
}

void FillTeach(const Task& task, const Judgement& judgement, Answer& answer) {
  answer.set_coverage(storage::v1::COVERAGE_BINARY);
  AddDecision(task.question().span(), judgement.verdict, answer);
  if (task.question().has_score()) answer.mutable_decisions(0)->set_score(task.question().score());
  for (const Span& span : judgement.spans) AddDecision(span, storage::v1::VERDICT_ACCEPT, answer);
}

void ReopenTeach(const Answer& answer, Task& task) {
  if (answer.decisions().empty()) return;
  *task.mutable_question()->mutable_span() = answer.decisions(0).span();
  if (answer.decisions(0).has_score())
    task.mutable_question()->set_score(answer.decisions(0).score());
}

// Manual and correct: the spans are all there are of the task's labels. Without labels the verdict
// is on the text as a whole, and says nothing of spans.

using Labels = google::protobuf::RepeatedPtrField<std::string>;

void CheckMarks(const Labels& labels, const Judgement& judgement, uint32_t num_code_points,
                Violations& violations) {
  if (judgement.spans.empty()) return;
  if (judgement.verdict != storage::v1::VERDICT_ACCEPT) {
    violations.Add("spans", "are for accepted texts only");
    return;
  }
  CheckSpans(judgement, labels, num_code_points, violations);
}

void FillMarks(const Labels& labels, const Judgement& judgement, Answer& answer) {
  if (labels.empty()) return;
  answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
  for (const Span& span : judgement.spans) AddDecision(span, storage::v1::VERDICT_ACCEPT, answer);
  *answer.mutable_complete_labels() = labels;
  std::sort(answer.mutable_complete_labels()->begin(), answer.mutable_complete_labels()->end());
}

void CheckMarkup(const Task& task, const Judgement& judgement, uint32_t num_code_points,
                 Violations& violations) {
  CheckNoChoice(judgement, violations);
  CheckMarks(task.markup().labels(), judgement, num_code_points, violations);
}

void FillMarkup(const Task& task, const Judgement& judgement, Answer& answer) {
  FillMarks(task.markup().labels(), judgement, answer);
}

void ReopenMarkup(const Answer& answer, Task& task) {
  *task.mutable_markup()->mutable_labels() = answer.complete_labels();
}

// Review: as teach or as markup, by its coverage; the answer names those between which it decides.

void CheckReview(const Task& task, const Judgement& judgement, uint32_t num_code_points,
                 Violations& violations) {
  CheckNoChoice(judgement, violations);
  if (task.review().coverage() == storage::v1::COVERAGE_COMPLETE) {
    CheckMarks(task.review().labels(), judgement, num_code_points, violations);
  } else if (!judgement.spans.empty()) {
    violations.Add("spans", "are for reviews of complete annotations");
  }
}

void FillReview(const Task& task, const Judgement& judgement, Answer& answer) {
  const storage::v1::Review& review = task.review();
  if (review.coverage() == storage::v1::COVERAGE_COMPLETE) {
    FillMarks(review.labels(), judgement, answer);
  } else {
    answer.set_coverage(storage::v1::COVERAGE_BINARY);
    AddDecision(review.span(), judgement.verdict, answer);
  }
  if (judgement.verdict == storage::v1::VERDICT_IGNORE) return;
  std::set<uint64_t> decides;
  for (const storage::v1::Review::Version& version : review.versions()) {
    for (const storage::v1::Review::Said& said : version.said()) decides.insert(said.revision());
  }
  answer.mutable_decides()->Assign(decides.begin(), decides.end());
}

void ReopenReview(const Answer& answer, Task& task) {
  storage::v1::Review& review = *task.mutable_review();
  review.set_coverage(answer.coverage());
  *review.mutable_labels() = answer.complete_labels();
  if (!answer.decisions().empty() && answer.coverage() == storage::v1::COVERAGE_BINARY)
    *review.mutable_span() = answer.decisions(0).span();
}

// Compare: accepted with a choice, or ignored.

storage::v1::Preference PreferenceOf(Choice choice, bool a_shown_second) {
  switch (choice) {
    case Choice::kFirst:
      return a_shown_second ? storage::v1::PREFERENCE_B : storage::v1::PREFERENCE_A;
    case Choice::kSecond:
      return a_shown_second ? storage::v1::PREFERENCE_A : storage::v1::PREFERENCE_B;
    case Choice::kTie:
      return storage::v1::PREFERENCE_TIE;
    case Choice::kNone:
      break;
  }
  return storage::v1::PREFERENCE_UNSPECIFIED;
}

void CheckCompare(const Task&, const Judgement& judgement, uint32_t, Violations& violations) {
  const bool accepted = judgement.verdict == storage::v1::VERDICT_ACCEPT;
  if (judgement.verdict == storage::v1::VERDICT_REJECT)
    violations.Add("verdict", "of a comparison is ACCEPT or IGNORE");
  if (accepted && PreferenceOf(judgement.choice, false) == storage::v1::PREFERENCE_UNSPECIFIED)
    violations.Add("choice", "must be FIRST, SECOND or TIE");
  if (!accepted && judgement.choice != Choice::kNone)
    violations.Add("choice", "is for accepted comparisons only");
  if (!judgement.spans.empty()) violations.Add("spans", "are not for comparisons");
}

void FillCompare(const Task& task, const Judgement& judgement, Answer& answer) {
  Comparison& comparison = *answer.mutable_comparison();
  comparison = task.comparison();
  comparison.set_preference(PreferenceOf(judgement.choice, comparison.a_shown_second()));
}

void ReopenCompare(const Answer& answer, Task& task) {
  *task.mutable_comparison() = answer.comparison();
  task.mutable_comparison()->clear_preference();
}

struct Row {
  Kind kind;
  void (*check)(const Task&, const Judgement&, uint32_t num_code_points, Violations&);
  void (*fill)(const Task&, const Judgement&, Answer&);
  void (*reopen)(const Answer&, Task&);
};

constexpr Row kRows[] = {
    {{storage::v1::TASK_KIND_TEACH, "teach", true}, CheckTeach, FillTeach, ReopenTeach},
    {{storage::v1::TASK_KIND_MANUAL, "manual", true}, CheckMarkup, FillMarkup, ReopenMarkup},
    {{storage::v1::TASK_KIND_CORRECT, "correct", true}, CheckMarkup, FillMarkup, ReopenMarkup},
    {{storage::v1::TASK_KIND_REVIEW, "review", true}, CheckReview, FillReview, ReopenReview},
    {{storage::v1::TASK_KIND_COMPARE, "compare", false}, CheckCompare, FillCompare, ReopenCompare},
};

const Row* FindRow(storage::v1::TaskKind kind) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const Row& r) { return r.kind.kind == kind; });
  return row == std::end(kRows) ? nullptr : row;
}

// The judgement is what the task's check expects.
bool Agrees(const Task& task, const Judgement& judgement) {
  if (judgement.verdict != task.check().verdict()) return false;
  if (!IsMarkup(task.kind())) return true;
  std::vector<Span> expected(task.check().spans().begin(), task.check().spans().end());
  std::vector<Span> given = judgement.spans;
  std::sort(expected.begin(), expected.end(), text::SpanLess());
  std::sort(given.begin(), given.end(), text::SpanLess());
  return text::SameSpans(expected, given);
}

absl::Status UnknownKind(storage::v1::TaskKind kind) {
  return absl::NotFoundError(absl::StrCat("there is no kind of task with number ", kind));
}

}  // namespace

absl::StatusOr<const Kind*> FindKind(storage::v1::TaskKind kind) {
  const Row* row = FindRow(kind);
  if (row == nullptr) return UnknownKind(kind);
  return &row->kind;
}

bool IsMarkup(storage::v1::TaskKind kind) {
  return kind == storage::v1::TASK_KIND_MANUAL || kind == storage::v1::TASK_KIND_CORRECT;
}

absl::StatusOr<Answer> MakeAnswer(const Task& task, const Judgement& judgement,
                                  uint32_t num_code_points) {
  const Row* row = FindRow(task.kind());
  if (row == nullptr) return UnknownKind(task.kind());
  Violations violations;
  CheckVerdict(judgement, violations);
  row->check(task, judgement, num_code_points, violations);
  WINNOW_RETURN_IF_ERROR(violations.ToStatus("the answer does not fit its task"));

  Answer answer;
  answer.set_example_id(task.example_id());
  answer.set_task_id(task.id());
  answer.set_kind(task.kind());
  answer.set_verdict(judgement.verdict);
  answer.set_took_micros(absl::ToInt64Microseconds(judgement.took));
  *answer.mutable_selection() = task.selection();
  row->fill(task, judgement, answer);
  if (task.has_check()) {
    *answer.mutable_check() = task.check();
    answer.mutable_check()->set_agreed(Agrees(task, judgement));
  }
  return answer;
}

Task TaskOf(const Answer& answer) {
  Task task;
  task.set_id(answer.task_id());
  task.set_example_id(answer.example_id());
  task.set_kind(answer.kind());
  *task.mutable_selection() = answer.selection();
  if (answer.has_check()) {
    *task.mutable_check() = answer.check();
    task.mutable_check()->clear_agreed();
  }
  if (const Row* row = FindRow(answer.kind()); row != nullptr) row->reopen(answer, task);
  return task;
}

bool Teaches(const Answer& answer) {
  const Row* row = FindRow(answer.kind());
  return row != nullptr && row->kind.teaches &&
         answer.coverage() != storage::v1::COVERAGE_UNSPECIFIED &&
         answer.verdict() != storage::v1::VERDICT_IGNORE;
}

}  // namespace winnow::tasks

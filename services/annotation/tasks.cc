#include "services/annotation/tasks.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/corpus/ids.h"
#include "common/rpc/convert.h"
#include "common/text/sentences.h"
#include "common/text/utf8.h"

namespace winnow::annotation {
namespace {

using storage::v1::Answer;
using storage::v1::Comparison;

storage::v1::Preference PreferenceOf(v1::Choice choice, bool a_shown_second) {
  switch (choice) {
    case v1::CHOICE_FIRST:
      return a_shown_second ? storage::v1::PREFERENCE_B : storage::v1::PREFERENCE_A;
    case v1::CHOICE_SECOND:
      return a_shown_second ? storage::v1::PREFERENCE_A : storage::v1::PREFERENCE_B;
    case v1::CHOICE_TIE:
      return storage::v1::PREFERENCE_TIE;
    default:
      return storage::v1::PREFERENCE_UNSPECIFIED;
  }
}

void ShowSides(const Comparison& comparison, v1::Task& task) {
  const auto& first = comparison.a_shown_second() ? comparison.spans_b() : comparison.spans_a();
  const auto& second = comparison.a_shown_second() ? comparison.spans_a() : comparison.spans_b();
  for (const storage::v1::Span& span : first) *task.add_first() = rpc::ToApi(span);
  for (const storage::v1::Span& span : second) *task.add_second() = rpc::ToApi(span);
}

absl::Status CheckFits(const v1::Task& task, const v1::NewAnswer& given) {
  using winnow::common::v1::Verdict;
  Violations violations;
  const std::string where = absl::StrCat("answers[task ", given.task_id(), "].");
  if (given.verdict() < Verdict::VERDICT_ACCEPT || given.verdict() > Verdict::VERDICT_IGNORE) {
    violations.Add(where + "verdict", "must be ACCEPT, REJECT or IGNORE");
  }
  if (task.kind() == v1::QUEUE_KIND_COMPARISON) {
    if (given.verdict() == Verdict::VERDICT_REJECT)
      violations.Add(where + "verdict", "of a comparison is ACCEPT or IGNORE");
    const bool has_choice = given.choice() >= v1::CHOICE_FIRST && given.choice() <= v1::CHOICE_TIE;
    if (given.verdict() == Verdict::VERDICT_ACCEPT && !has_choice) {
      violations.Add(where + "choice", "must be FIRST, SECOND or TIE");
    }
    if (given.verdict() == Verdict::VERDICT_IGNORE && given.choice() != v1::CHOICE_UNSPECIFIED) {
      violations.Add(where + "choice", "is for accepted comparisons only");
    }
  } else if (given.choice() != v1::CHOICE_UNSPECIFIED) {
    violations.Add(where + "choice", "is for comparisons only");
  }
  return violations.ToStatus("the answer does not fit its task");
}

}  // namespace

absl::StatusOr<Answer> AnswerOf(const v1::Task& task, const v1::NewAnswer& given) {
  WINNOW_RETURN_IF_ERROR(CheckFits(task, given));
  Answer answer;
  WINNOW_ASSIGN_OR_RETURN(*answer.mutable_example_id(), corpus::IdFromHex(task.example_id()));
  WINNOW_ASSIGN_OR_RETURN(*answer.mutable_task_id(), corpus::IdFromHex(task.task_id()));
  answer.set_verdict(static_cast<storage::v1::Verdict>(given.verdict()));
  answer.set_took_micros(absl::ToInt64Microseconds(rpc::FromDuration(given.took())));
  answer.set_model_version(task.model_version());
  answer.set_learner_step(task.learner_step());
  answer.set_queue(task.queue());
  answer.set_strategy(task.strategy());
  if (task.kind() == v1::QUEUE_KIND_COMPARISON) {
    answer.set_kind(storage::v1::TASK_KIND_COMPARISON);
    return answer;
  }
  answer.set_kind(storage::v1::TASK_KIND_BINARY);
  storage::v1::Decision& decision = *answer.add_decisions();
  *decision.mutable_span() = rpc::ToRecord(task.span());
  decision.set_verdict(answer.verdict());
  if (task.span().has_score()) decision.set_score(task.span().score());
  return answer;
}

absl::Status FillComparison(const corpus::CorpusReader& reader, absl::string_view queue,
                            const v1::NewAnswer& given, Answer& answer) {
  bool found = false;
  WINNOW_RETURN_IF_ERROR(reader.ForEachTask(queue, 0, corpus::kLatest,
                                            [&](uint64_t, const storage::v1::StoredTask& task) {
                                              if (task.task_id() != answer.task_id()) return true;
                                              *answer.mutable_comparison() = task.comparison();
                                              found = true;
                                              return false;
                                            }));
  if (!found) return absl::InternalError("the task of the answer is not stored with its queue");
  answer.mutable_comparison()->set_preference(
      PreferenceOf(given.choice(), answer.comparison().a_shown_second()));
  return absl::OkStatus();
}

void SetView(bool unsegmented, v1::Task& task) {
  if (unsegmented || !task.has_span()) {
    task.set_view_end(static_cast<uint32_t>(text::NumCodePoints(task.text())));
    return;
  }
  const text::View view =
      text::SentencesAround(task.text(), task.span().start(), task.span().end());
  task.set_view_start(view.start);
  task.set_view_end(view.end);
}

v1::Task TaskOf(const Answer& answer, const storage::v1::Example& example, bool unsegmented) {
  v1::Task task;
  task.set_task_id(corpus::IdToHex(answer.task_id()));
  task.set_example_id(corpus::IdToHex(answer.example_id()));
  task.set_text(example.text());
  task.set_meta_json(example.meta_json());
  task.set_strategy(answer.strategy());
  task.set_model_version(answer.model_version());
  task.set_learner_step(answer.learner_step());
  if (answer.kind() == storage::v1::TASK_KIND_COMPARISON) {
    task.set_kind(v1::QUEUE_KIND_COMPARISON);
    ShowSides(answer.comparison(), task);
  } else {
    task.set_kind(v1::QUEUE_KIND_BINARY);
    const storage::v1::Decision& decision = answer.decisions(0);
    *task.mutable_span() = rpc::ToApi(decision.span());
    if (decision.has_score()) task.mutable_span()->set_score(decision.score());
  }
  SetView(unsegmented, task);
  return task;
}

v1::Task ComparisonTaskOf(const storage::v1::StoredTask& stored,
                          const storage::v1::Example& example) {
  Answer blank;
  blank.set_kind(storage::v1::TASK_KIND_COMPARISON);
  blank.set_task_id(stored.task_id());
  blank.set_example_id(stored.example_id());
  blank.set_strategy(std::string(kComparisonStrategy));
  *blank.mutable_comparison() = stored.comparison();
  return TaskOf(blank, example, /*unsegmented=*/true);
}

v1::QueueSpec SpecOf(const storage::v1::Queue& queue) {
  v1::QueueSpec spec;
  spec.set_name(queue.name());
  spec.set_kind(queue.kind() == storage::v1::TASK_KIND_COMPARISON ? v1::QUEUE_KIND_COMPARISON
                                                                  : v1::QUEUE_KIND_BINARY);
  spec.set_source(queue.source());
  spec.set_dataset(queue.dataset());
  *spec.mutable_labels() = queue.labels();
  spec.set_model(queue.model());
  *spec.mutable_exclude_datasets() = queue.exclude_datasets();
  spec.set_overlap(queue.overlap());
  spec.set_seed(queue.seed());
  spec.set_strategy(queue.strategy());
  spec.set_audit_share(queue.audit_share());
  spec.set_ask_without_letters(queue.ask_without_letters());
  spec.set_unsegmented(queue.unsegmented());
  spec.set_patterns(queue.patterns());
  return spec;
}

v1::Answer ToApi(const Answer& answer, absl::string_view text) {
  v1::Answer result;
  result.set_revision(answer.revision());
  result.set_undoes(answer.undoes());
  result.set_annotator(answer.annotator());
  *result.mutable_answered() =
      rpc::ToTimestamp(absl::FromUnixMicros(answer.answered_unix_micros()));
  if (answer.kind() == storage::v1::TASK_KIND_TOMBSTONE) return result;
  result.set_example_id(corpus::IdToHex(answer.example_id()));
  result.set_task_id(corpus::IdToHex(answer.task_id()));
  result.set_text(std::string(text));
  result.set_verdict(rpc::ToApi(answer.verdict()));
  for (const storage::v1::Decision& decision : answer.decisions()) {
    winnow::common::v1::Span& span = *result.add_spans();
    span = rpc::ToApi(decision.span());
    if (decision.has_score()) span.set_score(decision.score());
    result.add_span_verdicts(rpc::ToApi(decision.verdict()));
  }
  if (answer.kind() != storage::v1::TASK_KIND_COMPARISON) {
    result.set_coverage(answer.kind() == storage::v1::TASK_KIND_COMPLETE ? v1::COVERAGE_COMPLETE
                                                                         : v1::COVERAGE_BINARY);
  }
  *result.mutable_complete_labels() = answer.complete_labels();
  result.set_preference(
      static_cast<winnow::common::v1::Preference>(answer.comparison().preference()));
  *result.mutable_took() = rpc::ToDuration(absl::Microseconds(answer.took_micros()));
  result.set_model_version(answer.model_version());
  result.set_queue(answer.queue());
  result.set_strategy(answer.strategy());
  result.set_late(answer.late());
  return result;
}

v1::Source ToApi(const storage::v1::Source& source) {
  v1::Source result;
  result.set_name(source.name());
  *result.mutable_created() = rpc::ToTimestamp(absl::FromUnixMicros(source.created_unix_micros()));
  result.set_num_examples(source.num_examples());
  result.set_revision(source.revision());
  return result;
}

}  // namespace winnow::annotation

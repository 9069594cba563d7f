#include "common/tasks/kinds.h"

#include "common/base/status.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using corpus::MakeSpan;
using storage::v1::Answer;
using storage::v1::Task;
using storage::v1::TaskKind;
using storage::v1::Verdict;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr absl::string_view kText = "Nurse in Paris";
constexpr uint32_t kNumCodePoints = 14;
constexpr Verdict kAccept = storage::v1::VERDICT_ACCEPT;
constexpr Verdict kReject = storage::v1::VERDICT_REJECT;
constexpr Verdict kIgnore = storage::v1::VERDICT_IGNORE;
constexpr TaskKind kAllKinds[] = {storage::v1::TASK_KIND_TEACH, storage::v1::TASK_KIND_MANUAL,
                                  storage::v1::TASK_KIND_CORRECT, storage::v1::TASK_KIND_REVIEW,
                                  storage::v1::TASK_KIND_COMPARE};

Task NewTask(TaskKind kind) {
  Task task;
  task.set_id(std::string(16, 't'));
  task.set_example_id(corpus::ExampleIdOf(kText));
  task.set_kind(kind);
  task.mutable_selection()->set_strategy("audit");
  task.mutable_selection()->set_model_version("jobs@1");
  task.mutable_selection()->set_learner_step(2);
  return task;
}

// "Is Nurse a job?"
Task TeachTask() {
  Task task = NewTask(storage::v1::TASK_KIND_TEACH);
  *task.mutable_question()->mutable_span() = MakeSpan(0, 5, "job");
  task.mutable_question()->set_score(0.25);
  return task;
}

Task MarkupTask(TaskKind kind) {
  Task task = NewTask(kind);
  task.mutable_markup()->add_labels("place");
  task.mutable_markup()->add_labels("job");
  *task.mutable_markup()->add_spans() = MakeSpan(0, 5, "job");
  return task;
}

// Two people said something, in the answers 7 and 5.
Task ReviewTask(storage::v1::Coverage coverage) {
  Task task = NewTask(storage::v1::TASK_KIND_REVIEW);
  storage::v1::Review& review = *task.mutable_review();
  review.set_coverage(coverage);
  if (coverage == storage::v1::COVERAGE_COMPLETE) {
    for (const char* label : {"job", "place"}) review.add_labels(label);
  } else {
    *review.mutable_span() = MakeSpan(0, 5, "job");
  }
  for (const uint64_t revision : {7, 5}) review.add_versions()->add_said()->set_revision(revision);
  return task;
}

// A finds the job and B the place.
Task CompareTask(bool a_shown_second = false) {
  Task task = NewTask(storage::v1::TASK_KIND_COMPARE);
  storage::v1::Comparison& comparison = *task.mutable_comparison();
  comparison.set_model_a("jobs@1");
  comparison.set_model_b("jobs@2");
  *comparison.add_spans_a() = MakeSpan(0, 5, "job");
  *comparison.add_spans_b() = MakeSpan(9, 14, "place");
  comparison.set_a_shown_second(a_shown_second);
  return task;
}

Task TaskOfKind(TaskKind kind) {
  if (kind == storage::v1::TASK_KIND_TEACH) return TeachTask();
  if (kind == storage::v1::TASK_KIND_COMPARE) return CompareTask();
  if (kind == storage::v1::TASK_KIND_REVIEW) return ReviewTask(storage::v1::COVERAGE_COMPLETE);
  return MarkupTask(kind);
}

Judgement Judge(Verdict verdict, std::vector<storage::v1::Span> spans = {},
                Choice choice = Choice::kNone) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.choice = choice;
  judgement.spans = std::move(spans);
  judgement.took = absl::Milliseconds(1500);
  return judgement;
}

Judgement Choose(Verdict verdict, Choice choice) { return Judge(verdict, {}, choice); }

// A judgement that fits.
Judgement GoodJudgement(TaskKind kind) {
  return kind == storage::v1::TASK_KIND_COMPARE ? Choose(kAccept, Choice::kTie) : Judge(kAccept);
}

std::vector<std::string> WrongFields(const Task& task, const Judgement& judgement) {
  std::vector<std::string> fields;
  const absl::Status status = MakeAnswer(task, judgement, kNumCodePoints).status();
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  for (const Violation& violation : Violations::Of(status)) fields.push_back(violation.where);
  return fields;
}

std::string Show(const storage::v1::Decision& decision) {
  return absl::StrCat(decision.span().start(), "-", decision.span().end(), " ",
                      decision.span().label(), " ",
                      decision.verdict() == kAccept   ? "yes"
                      : decision.verdict() == kReject ? "no"
                                                      : "skip");
}

std::vector<std::string> Decisions(const Answer& answer) {
  std::vector<std::string> shown;
  for (const storage::v1::Decision& decision : answer.decisions()) shown.push_back(Show(decision));
  return shown;
}

TEST(KindsTest, EveryKindHasItsNameAndWhetherItTeaches) {
  std::vector<std::pair<std::string, bool>> kinds;
  for (const TaskKind kind : kAllKinds) {
    const absl::StatusOr<const Kind*> found = FindKind(kind);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ((*found)->kind, kind);
    kinds.emplace_back((*found)->name, (*found)->teaches);
  }
  EXPECT_THAT(kinds, ElementsAre(Pair("teach", true), Pair("manual", true), Pair("correct", true),
                                 Pair("review", true), Pair("compare", false)));
  EXPECT_TRUE(absl::IsNotFound(FindKind(storage::v1::TASK_KIND_UNSPECIFIED).status()));
  const Task unknown = NewTask(static_cast<TaskKind>(77));
  EXPECT_TRUE(absl::IsNotFound(MakeAnswer(unknown, Judge(kAccept), 0).status()));
}

TEST(KindsTest, WithoutLabelsATextIsJudgedAsAWholeAndNothingIsSaidOfItsSpans) {
  Task task = NewTask(storage::v1::TASK_KIND_MANUAL);
  task.mutable_markup();
  for (const Verdict verdict : {kAccept, kReject, kIgnore}) {
    const absl::StatusOr<Answer> answer = MakeAnswer(task, Judge(verdict), kNumCodePoints);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->verdict(), verdict);
    EXPECT_EQ(answer->coverage(), storage::v1::COVERAGE_UNSPECIFIED);
    EXPECT_TRUE(answer->decisions().empty() && answer->complete_labels().empty());
    EXPECT_FALSE(Teaches(*answer));
    EXPECT_TRUE(TaskOf(*answer).has_markup()) << "an undo asks it again";
  }
  EXPECT_THAT(WrongFields(task, Judge(kAccept, {MakeSpan(0, 5, "job")})), ElementsAre("spans[0]"));
}

TEST(KindsTest, EveryAnswerNamesItsTaskAndWhyItWasAsked) {
  for (const TaskKind kind : kAllKinds) {
    const Task task = TaskOfKind(kind);
    const absl::StatusOr<Answer> answer = MakeAnswer(task, GoodJudgement(kind), kNumCodePoints);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->task_id(), task.id());
    EXPECT_EQ(answer->example_id(), task.example_id());
    EXPECT_EQ(answer->kind(), kind);
    EXPECT_EQ(answer->verdict(), kAccept);
    EXPECT_EQ(answer->took_micros(), 1'500'000);
    EXPECT_EQ(answer->selection().DebugString(), task.selection().DebugString());
    EXPECT_EQ(answer->revision(), 0u);
  }
}

TEST(KindsTest, EveryKindWantsAVerdictAndATimeOfUpToADay) {
  for (const TaskKind kind : kAllKinds) {
    const Task task = TaskOfKind(kind);
    Judgement judgement = Judge(storage::v1::VERDICT_UNSPECIFIED);
    EXPECT_THAT(WrongFields(task, judgement), ElementsAre("verdict"));
    judgement.verdict = static_cast<Verdict>(9);
    judgement.took = -absl::Microseconds(1);
    EXPECT_THAT(WrongFields(task, judgement), ElementsAre("verdict", "took"));
    judgement = GoodJudgement(kind);
    judgement.took = kMaxTook + absl::Microseconds(1);
    EXPECT_THAT(WrongFields(task, judgement), ElementsAre("took"));
    for (const absl::Duration took : {absl::ZeroDuration(), kMaxTook}) {
      judgement.took = took;
      EXPECT_THAT(WrongFields(task, judgement), IsEmpty());
    }
    EXPECT_THAT(WrongFields(task, Judge(kIgnore)), IsEmpty());
  }
}

// Teach.

TEST(KindsTest, ATeachAnswerJudgesTheSpanShown) {
  for (const auto& [verdict, shown] :
       {std::pair(kAccept, "0-5 job yes"), {kReject, "0-5 job no"}, {kIgnore, "0-5 job skip"}}) {
    const Answer answer = *MakeAnswer(TeachTask(), Judge(verdict), 0);
    EXPECT_EQ(answer.coverage(), storage::v1::COVERAGE_BINARY);
    EXPECT_THAT(Decisions(answer), ElementsAre(shown));
    EXPECT_EQ(answer.decisions(0).score(), 0.25);
    EXPECT_THAT(answer.complete_labels(), IsEmpty());
  }
  Task without_model = TeachTask();
  without_model.mutable_question()->clear_score();
  EXPECT_FALSE(MakeAnswer(without_model, Judge(kAccept), 0)->decisions(0).has_score());
}

TEST(KindsTest, ATeachRejectMayNameTheRightSpans) {
  const Judgement mended = Judge(kReject, {MakeSpan(0, 8, "job"), MakeSpan(9, 14, "job")});
  const Answer answer = *MakeAnswer(TeachTask(), mended, kNumCodePoints);
  EXPECT_EQ(answer.verdict(), kReject);
  EXPECT_EQ(answer.coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_THAT(Decisions(answer), ElementsAre("0-5 job no", "0-8 job yes", "9-14 job yes"));
  EXPECT_FALSE(answer.decisions(1).has_score());
}

TEST(KindsTest, ATeachJudgementIsToldEverythingThatDoesNotFit) {
  const Task task = TeachTask();
  EXPECT_THAT(WrongFields(task, Choose(storage::v1::VERDICT_UNSPECIFIED, Choice::kTie)),
              ElementsAre("verdict", "choice"));
  EXPECT_THAT(WrongFields(task, Judge(kAccept, {MakeSpan(0, 8, "job")})), ElementsAre("spans"));
  EXPECT_THAT(WrongFields(task, Judge(kIgnore, {MakeSpan(0, 8, "job")})), ElementsAre("spans"));
  // The span that the verdict rejects; too long; empty and of another label; overlapping.
  const std::vector<storage::v1::Span> spans = {MakeSpan(0, 5, "job"), MakeSpan(9, 15, "job"),
                                                MakeSpan(7, 7, "place"), MakeSpan(4, 6, "job")};
  EXPECT_THAT(WrongFields(task, Judge(kReject, spans)),
              ElementsAre("spans[1]", "spans[2]", "spans[2]", "spans[3]", "spans"));
}

// Manual and correct.

TEST(KindsTest, AMarkedTextIsCompleteForTheLabelsOfItsTask) {
  for (const TaskKind kind : {storage::v1::TASK_KIND_MANUAL, storage::v1::TASK_KIND_CORRECT}) {
    const Judgement marked = Judge(kAccept, {MakeSpan(9, 14, "place"), MakeSpan(0, 5, "job")});
    const Answer answer = *MakeAnswer(MarkupTask(kind), marked, kNumCodePoints);
    EXPECT_EQ(answer.coverage(), storage::v1::COVERAGE_COMPLETE);
    EXPECT_THAT(answer.complete_labels(), ElementsAre("job", "place"));
    EXPECT_THAT(Decisions(answer), ElementsAre("9-14 place yes", "0-5 job yes"));
    const Answer nothing = *MakeAnswer(MarkupTask(kind), Judge(kAccept), kNumCodePoints);
    EXPECT_EQ(nothing.coverage(), storage::v1::COVERAGE_COMPLETE);
    EXPECT_THAT(nothing.decisions(), IsEmpty());
    EXPECT_THAT(WrongFields(MarkupTask(kind), Judge(kReject)), IsEmpty());
  }
}

TEST(KindsTest, AMarkedTextIsToldEverythingThatDoesNotFit) {
  const Task task = MarkupTask(storage::v1::TASK_KIND_MANUAL);
  EXPECT_THAT(WrongFields(task, Judge(kReject, {MakeSpan(0, 5, "job")})), ElementsAre("spans"));
  EXPECT_THAT(WrongFields(task, Judge(kIgnore, {MakeSpan(0, 5, "job")})), ElementsAre("spans"));
  Judgement judgement = Judge(kAccept, {MakeSpan(0, 5, "job"), MakeSpan(4, 15, "skill")});
  judgement.choice = Choice::kFirst;
  judgement.took = -absl::Seconds(1);
  EXPECT_THAT(WrongFields(task, judgement),
              ElementsAre("took", "choice", "spans[1]", "spans[1]", "spans[1]"));
  // Overlaps whatever their labels; neighbours do not.
  EXPECT_THAT(WrongFields(task, Judge(kAccept, {MakeSpan(0, 5, "job"), MakeSpan(4, 6, "place")})),
              ElementsAre("spans[1]"));
  EXPECT_THAT(WrongFields(task, Judge(kAccept, {MakeSpan(0, 5, "job"), MakeSpan(5, 14, "place")})),
              IsEmpty());
}

// Compare.

TEST(KindsTest, AComparisonTellsWhichModelIsBehindTheChoice) {
  const auto preference = [](bool a_shown_second, Choice choice) {
    const Answer answer =
        *MakeAnswer(CompareTask(a_shown_second), Choose(kAccept, choice), kNumCodePoints);
    EXPECT_EQ(answer.coverage(), storage::v1::COVERAGE_UNSPECIFIED);
    EXPECT_EQ(answer.comparison().model_a(), "jobs@1");
    EXPECT_THAT(answer.comparison().spans_b(), SizeIs(1));
    EXPECT_THAT(answer.decisions(), IsEmpty());
    return answer.comparison().preference();
  };
  EXPECT_EQ(preference(false, Choice::kFirst), storage::v1::PREFERENCE_A);
  EXPECT_EQ(preference(false, Choice::kSecond), storage::v1::PREFERENCE_B);
  EXPECT_EQ(preference(true, Choice::kFirst), storage::v1::PREFERENCE_B);
  EXPECT_EQ(preference(true, Choice::kSecond), storage::v1::PREFERENCE_A);
  EXPECT_EQ(preference(true, Choice::kTie), storage::v1::PREFERENCE_TIE);
  EXPECT_EQ(MakeAnswer(CompareTask(), Judge(kIgnore), 0)->comparison().preference(),
            storage::v1::PREFERENCE_UNSPECIFIED);
}

TEST(KindsTest, AComparisonHasNoPreferenceThatNobodyHas) {
  const Task task = CompareTask();
  EXPECT_THAT(WrongFields(task, Choose(kAccept, Choice::kSecond)), IsEmpty());
  EXPECT_THAT(WrongFields(task, Choose(kAccept, Choice::kNone)), ElementsAre("choice"));
  EXPECT_THAT(WrongFields(task, Choose(kAccept, static_cast<Choice>(7))), ElementsAre("choice"));
  EXPECT_THAT(WrongFields(task, Choose(kIgnore, Choice::kFirst)), ElementsAre("choice"));
  EXPECT_THAT(WrongFields(task, Judge(kReject)), ElementsAre("verdict"));
  EXPECT_THAT(WrongFields(task, Judge(kReject, {MakeSpan(0, 5, "job")}, Choice::kFirst)),
              ElementsAre("verdict", "choice", "spans"));
}

// Back to the task.

TEST(KindsTest, ATaskIsAskedAgainAsItWasButForItsMarksAndVersions) {
  for (const TaskKind kind : kAllKinds) {
    Task task = TaskOfKind(kind);
    const Answer answer = *MakeAnswer(task, GoodJudgement(kind), kNumCodePoints);
    if (task.has_markup()) {
      task.mutable_markup()->clear_spans();
      task.mutable_markup()->mutable_labels()->SwapElements(0, 1);
    }
    if (task.has_review()) task.mutable_review()->clear_versions();
    EXPECT_EQ(TaskOf(answer).DebugString(), task.DebugString());
  }
}

TEST(KindsTest, AMendedAnswerAsksForTheSpanThatWasShown) {
  const Judgement mended = Judge(kReject, {MakeSpan(0, 8, "job")});
  EXPECT_EQ(TaskOf(*MakeAnswer(TeachTask(), mended, kNumCodePoints)).DebugString(),
            TeachTask().DebugString());
}

TEST(KindsTest, AModelLearnsFromWhatTeachesAndWasNotIgnored) {
  for (const TaskKind kind : kAllKinds) {
    const Task task = TaskOfKind(kind);
    EXPECT_EQ(Teaches(*MakeAnswer(task, GoodJudgement(kind), kNumCodePoints)),
              (*FindKind(kind))->teaches);
    EXPECT_FALSE(Teaches(*MakeAnswer(task, Judge(kIgnore), kNumCodePoints)));
  }
  Answer unknown;
  unknown.set_verdict(kAccept);
  EXPECT_FALSE(Teaches(unknown));
}

TEST(KindsTest, ADecisionNamesTheAnswersThatItDecides) {
  const Task text = ReviewTask(storage::v1::COVERAGE_COMPLETE);
  const auto marked = MakeAnswer(text, Judge(kAccept, {MakeSpan(9, 14, "place")}), kNumCodePoints);
  ASSERT_TRUE(marked.ok()) << marked.status();
  EXPECT_EQ(marked->coverage(), storage::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(Decisions(*marked), ElementsAre("9-14 place yes"));
  EXPECT_THAT(marked->complete_labels(), ElementsAre("job", "place"));
  EXPECT_THAT(marked->decides(), ElementsAre(5, 7));

  const Task question = ReviewTask(storage::v1::COVERAGE_BINARY);
  const auto judged = MakeAnswer(question, Judge(kReject), kNumCodePoints);
  ASSERT_TRUE(judged.ok()) << judged.status();
  EXPECT_EQ(judged->coverage(), storage::v1::COVERAGE_BINARY);
  EXPECT_THAT(Decisions(*judged), ElementsAre("0-5 job no"));
  EXPECT_THAT(judged->decides(), ElementsAre(5, 7));
  EXPECT_THAT(MakeAnswer(question, Judge(kIgnore), kNumCodePoints)->decides(), IsEmpty());
  // What was said is looked up again.
  for (Task task : {text, question}) {
    const Task reopened = TaskOf(task.review().has_span() ? *judged : *marked);
    task.mutable_review()->clear_versions();
    EXPECT_EQ(reopened.review().SerializeAsString(), task.review().SerializeAsString());
  }
}

TEST(KindsTest, TheSpansOfAReviewAreOfTextsAndFitThem) {
  EXPECT_THAT(WrongFields(ReviewTask(storage::v1::COVERAGE_BINARY),
                          Judge(kAccept, {MakeSpan(0, 5, "job")})),
              ElementsAre("spans"));
  const Task text = ReviewTask(storage::v1::COVERAGE_COMPLETE);
  EXPECT_THAT(WrongFields(text, Judge(kReject, {MakeSpan(0, 5, "job")})), ElementsAre("spans"));
  EXPECT_THAT(WrongFields(text, Judge(kAccept, {MakeSpan(0, 99, "job")})), ElementsAre("spans[0]"));
  EXPECT_THAT(WrongFields(text, Choose(kAccept, Choice::kTie)), ElementsAre("choice"));
}

}  // namespace
}  // namespace winnow::tasks

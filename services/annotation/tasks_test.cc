#include "services/annotation/tasks.h"

#include "common/base/status.h"
#include "common/rpc/convert.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/annotation/comparison_supply.h"
#include "services/annotation/testing.h"

namespace winnow::annotation {
namespace {

using measure::MakeSpan;
using measure::Show;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using winnow::common::v1::Verdict;

// On "Nurse in Paris" A finds the job and B the place.
storage::v1::StoredTask MakeComparison(const std::string& text, bool a_shown_second) {
  storage::v1::StoredTask stored;
  stored.set_example_id(corpus::ExampleIdOf(text));
  stored.set_task_id(corpus::ComparisonTaskIdOf(stored.example_id(), {MakeSpan(0, 5)},
                                                {MakeSpan(9, 14, "place")}));
  storage::v1::Comparison& comparison = *stored.mutable_comparison();
  comparison.set_model_a("secret-a@1");
  comparison.set_model_b("secret-b@2");
  *comparison.add_spans_a() = MakeSpan(0, 5);
  *comparison.add_spans_b() = MakeSpan(9, 14, "place");
  comparison.set_a_shown_second(a_shown_second);
  return stored;
}

v1::Task BinaryTask() {
  v1::Task task =
      MakeQuestion(MakeQueue(), PoolTextOf("Nurse in Paris"), {MakeSpan(0, 5), 0.5, true}, "audit");
  task.set_model_version("jobs@1");
  task.set_learner_step(2);
  task.set_queue("q");
  return task;
}

std::vector<std::string> WrongFields(const v1::Task& task, Verdict verdict, v1::Choice choice) {
  v1::NewAnswer given;
  given.set_verdict(verdict);
  given.set_choice(choice);
  std::vector<std::string> fields;
  for (const Violation& violation : Violations::Of(AnswerOf(task, given).status())) {
    fields.push_back(violation.where.substr(violation.where.rfind('.') + 1));
  }
  return fields;
}

TEST(AnswerOf, VerdictAndChoiceMustFitTheTask) {
  const v1::Task binary = BinaryTask();
  EXPECT_THAT(WrongFields(binary, Verdict::VERDICT_REJECT, v1::CHOICE_UNSPECIFIED), IsEmpty());
  EXPECT_THAT(WrongFields(binary, Verdict::VERDICT_UNSPECIFIED, v1::CHOICE_TIE),
              ElementsAre("verdict", "choice"));
  EXPECT_THAT(WrongFields(binary, static_cast<Verdict>(9), v1::CHOICE_UNSPECIFIED),
              ElementsAre("verdict"));
  v1::Task comparison;
  comparison.set_kind(v1::QUEUE_KIND_COMPARISON);
  comparison.set_task_id(std::string(32, 'a'));
  comparison.set_example_id(std::string(32, 'b'));
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_ACCEPT, v1::CHOICE_SECOND), IsEmpty());
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_IGNORE, v1::CHOICE_UNSPECIFIED), IsEmpty());
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_ACCEPT, v1::CHOICE_UNSPECIFIED),
              ElementsAre("choice"));
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_REJECT, v1::CHOICE_FIRST),
              ElementsAre("verdict"));
}

TEST(AnswerOf, AComparisonHasNoPreferenceThatNobodyHas) {
  v1::Task comparison;
  comparison.set_kind(v1::QUEUE_KIND_COMPARISON);
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_IGNORE, v1::CHOICE_FIRST),
              ElementsAre("choice"));
  EXPECT_THAT(WrongFields(comparison, Verdict::VERDICT_ACCEPT, static_cast<v1::Choice>(7)),
              ElementsAre("choice"));
}

TEST(TaskOf, AsksTheQuestionOfTheAnswerAgain) {
  const v1::Task task = BinaryTask();
  v1::NewAnswer given;
  given.set_verdict(Verdict::VERDICT_IGNORE);
  storage::v1::Example example;
  example.set_text(task.text());
  v1::Task again = TaskOf(*AnswerOf(task, given), example, /*unsegmented=*/false);
  again.set_queue(task.queue());
  EXPECT_EQ(again.DebugString(), task.DebugString());
}

TEST(ComparisonTaskOf, IsBlinded) {
  storage::v1::Example example;
  example.set_text("Nurse in Paris");
  const v1::Task task = ComparisonTaskOf(MakeComparison(example.text(), false), example);
  EXPECT_EQ(task.kind(), v1::QUEUE_KIND_COMPARISON);
  EXPECT_THAT(task.DebugString(), Not(HasSubstr("secret")));
  EXPECT_EQ(Show(rpc::ToRecord(task.first(0))), "0-5 job");
  EXPECT_EQ(Show(rpc::ToRecord(task.second(0))), "9-14 place");
  EXPECT_EQ(task.view_end(), 14u);
  const v1::Task swapped = ComparisonTaskOf(MakeComparison(example.text(), true), example);
  EXPECT_EQ(Show(rpc::ToRecord(swapped.first(0))), "9-14 place");
  EXPECT_EQ(swapped.task_id(), task.task_id());
}

TEST(FillComparison, TellsWhichModelIsBehindTheChoice) {
  measure::TestCorpus corpus;
  const storage::v1::StoredTask plain = MakeComparison("Nurse in Paris", false);
  const storage::v1::StoredTask swapped = MakeComparison("Cooks in Paris", true);
  corpus.PutQueue(MakeQueue(storage::v1::TASK_KIND_COMPARISON), {plain, swapped},
                  {"Nurse in Paris", "Cooks in Paris"});
  const auto preference = [&](const storage::v1::StoredTask& stored, v1::Choice choice) {
    storage::v1::Answer answer;
    answer.set_task_id(stored.task_id());
    v1::NewAnswer given;
    given.set_choice(choice);
    EXPECT_TRUE(FillComparison(corpus.reader(), "q", given, answer).ok());
    EXPECT_EQ(answer.comparison().model_a(), "secret-a@1");
    return answer.comparison().preference();
  };
  EXPECT_EQ(preference(plain, v1::CHOICE_FIRST), storage::v1::PREFERENCE_A);
  EXPECT_EQ(preference(plain, v1::CHOICE_SECOND), storage::v1::PREFERENCE_B);
  EXPECT_EQ(preference(swapped, v1::CHOICE_FIRST), storage::v1::PREFERENCE_B);
  EXPECT_EQ(preference(swapped, v1::CHOICE_SECOND), storage::v1::PREFERENCE_A);
  EXPECT_EQ(preference(swapped, v1::CHOICE_TIE), storage::v1::PREFERENCE_TIE);
  EXPECT_EQ(preference(plain, v1::CHOICE_UNSPECIFIED), storage::v1::PREFERENCE_UNSPECIFIED);
}

TEST(SpecOf, HasEverythingThatWasAskedFor) {
  storage::v1::Queue queue = MakeQueue();
  queue.add_exclude_datasets("gold");
  queue.set_overlap(1);
  queue.set_audit_share(0.25);
  queue.set_ask_without_letters(true);
  queue.set_unsegmented(true);
  const v1::QueueSpec spec = SpecOf(queue);
  EXPECT_EQ(spec.name(), "q");
  EXPECT_EQ(spec.kind(), v1::QUEUE_KIND_BINARY);
  EXPECT_EQ(spec.source(), "s");
  EXPECT_EQ(spec.dataset(), "d");
  EXPECT_THAT(spec.labels(), ElementsAre("job", "place"));
  EXPECT_EQ(spec.model(), "jobs");
  EXPECT_THAT(spec.exclude_datasets(), ElementsAre("gold"));
  EXPECT_EQ(spec.overlap(), 1u);
  EXPECT_EQ(spec.seed(), 3u);
  EXPECT_EQ(spec.strategy(), "uncertainty");
  EXPECT_EQ(spec.audit_share(), 0.25);
  EXPECT_TRUE(spec.ask_without_letters() && spec.unsegmented());
}

TEST(ToApi, TellsWhatAnAnswerCovers) {
  measure::TestCorpus corpus;
  corpus.Complete("d", measure::Mark("[Nurse] in <Paris>"), {"job", "place"});
  const uint64_t second = corpus.Reject("d", "Nurse in Paris", MakeSpan(0, 5));
  corpus.Undo("d", second);
  std::vector<v1::Answer> answers;
  ASSERT_TRUE(corpus.reader()
                  .ForEachAnswer("d", 0, corpus::kLatest,
                                 [&](const storage::v1::Answer& answer) {
                                   answers.push_back(ToApi(answer, "Nurse in Paris"));
                                   return true;
                                 })
                  .ok());
  ASSERT_THAT(answers, SizeIs(3));
  EXPECT_EQ(answers[0].coverage(), v1::COVERAGE_COMPLETE);
  EXPECT_THAT(answers[0].complete_labels(), ElementsAre("job", "place"));
  EXPECT_THAT(answers[0].spans(), SizeIs(2));
  EXPECT_EQ(answers[0].text(), "Nurse in Paris");
  EXPECT_EQ(answers[1].coverage(), v1::COVERAGE_BINARY);
  EXPECT_THAT(answers[1].span_verdicts(), ElementsAre(Verdict::VERDICT_REJECT));
  EXPECT_EQ(answers[2].undoes(), second);
  EXPECT_THAT(answers[2].text(), IsEmpty());
}

// Comparisons as a supply of tasks.

class ComparisonSupplyTest : public testing::Test {
 protected:
  void Store(const std::string& text) {
    corpus_.PutQueue(MakeQueue(storage::v1::TASK_KIND_COMPARISON), {MakeComparison(text, false)},
                     {text});
  }
  // The texts of all tasks that are not taken, in their order.
  std::vector<std::string> TakeAll(ComparisonSupply& supply) {
    std::vector<std::string> texts;
    while (const std::optional<v1::Task> task = supply.Next(asked_)) {
      texts.push_back(task->text());
      taken_.insert(task->task_id());
    }
    return texts;
  }

  measure::TestCorpus corpus_;
  std::set<std::string> taken_;
  const AskedTasks asked_{[this](const std::string& task_id) { return taken_.count(task_id) > 0; }};
};

TEST_F(ComparisonSupplyTest, AsksInTheOrderInWhichTasksWereStored) {
  Store("text two");
  Store("text one");
  const auto supply =
      *ComparisonSupply::Open(MakeQueue(storage::v1::TASK_KIND_COMPARISON), corpus_.corpus());
  v1::Queue queue;
  supply->Describe(queue);
  EXPECT_EQ(queue.num_open_tasks(), 2u);
  EXPECT_THAT(TakeAll(*supply), ElementsAre("text two", "text one"));
  EXPECT_THAT(supply->ExhaustedReason(), HasSubstr("has been asked"));
  // Stored since: each once, also what was stored before.
  Store("text three");
  Store("text one");
  EXPECT_THAT(TakeAll(*supply), IsEmpty());
  ASSERT_TRUE(supply->Reload().ok());
  EXPECT_THAT(TakeAll(*supply), ElementsAre("text three"));
  taken_.clear();
  EXPECT_THAT(TakeAll(*supply), ElementsAre("text two", "text one", "text three"));
}

TEST_F(ComparisonSupplyTest, OpenOnlyReadsItsOwnQueue) {
  Store("text one");
  storage::v1::Queue other = MakeQueue(storage::v1::TASK_KIND_COMPARISON);
  other.set_name("other");
  corpus_.PutQueue(other, {});
  EXPECT_THAT(TakeAll(**ComparisonSupply::Open(other, corpus_.corpus())), IsEmpty());
}

}  // namespace
}  // namespace winnow::annotation

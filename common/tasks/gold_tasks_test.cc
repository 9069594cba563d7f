#include "common/tasks/gold_tasks.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/tasks/testing.h"
#include "gmock/gmock.h"

namespace winnow::tasks {
namespace {

using storage::v1::Answer;
using storage::v1::Task;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class GoldTasksTest : public testing::Test {
 protected:
  GoldTasksTest() {
    queue_.set_kind(storage::v1::TASK_KIND_TEACH);
    queue_.add_labels("job");
    queue_.add_gold_datasets("gold");
  }

  void Append(const std::string& text, Answer answer) {
    const storage::v1::Example example = corpus::MakeExample(text);
    answer.set_example_id(corpus::ExampleIdOf(text));
    const absl::Status changed = corpus_->Change([&](corpus::Transaction& transaction) {
      return transaction.AppendAnswers("gold", {answer}, {example}).status();
    });
    ASSERT_TRUE(changed.ok()) << changed;
  }
  void Mark(const std::string& text, const std::vector<storage::v1::Span>& spans,
            const std::vector<std::string>& labels = {"job", "place"}) {
    Answer answer = corpus::MakeAnswer(text);
    answer.set_kind(storage::v1::TASK_KIND_MANUAL);
    answer.set_coverage(storage::v1::COVERAGE_COMPLETE);
    for (const std::string& label : labels) answer.add_complete_labels(label);
    answer.clear_decisions();
    for (const storage::v1::Span& span : spans) {
      *answer.add_decisions()->mutable_span() = span;
      answer.mutable_decisions()->rbegin()->set_verdict(storage::v1::VERDICT_ACCEPT);
    }
    Append(text, answer);
  }
  void Judge(const std::string& text, const storage::v1::Span& span, storage::v1::Verdict verdict) {
    Answer answer = corpus::MakeAnswer(text);
    answer.set_verdict(verdict);
    answer.clear_decisions();
    *answer.add_decisions()->mutable_span() = span;
    answer.mutable_decisions(0)->set_verdict(verdict);
    Append(text, answer);
  }
  // "[start, end)" of the questions with what is expected.
  std::map<std::string, storage::v1::Verdict> Questions() {
    std::map<std::string, storage::v1::Verdict> questions;
    const auto gold = ReadGoldTasks(queue_, corpus_->reader());
    EXPECT_TRUE(gold.ok()) << gold.status();
    for (const Task& task : *gold) {
      const storage::v1::Span& span = task.question().span();
      questions[absl::StrCat(span.start(), "-", span.end())] = task.check().verdict();
    }
    return questions;
  }

  FakeClock clock_;
  storage::v1::Queue queue_;
  std::unique_ptr<corpus::Corpus> corpus_ =
      *corpus::Corpus::Open(std::make_unique<kv::MemoryStore>(), clock_);
};

const auto kAccept = storage::v1::VERDICT_ACCEPT;
const auto kReject = storage::v1::VERDICT_REJECT;

TEST_F(GoldTasksTest, AYesOrNoIsAskedAgainAsItIs) {
  Judge("Senior Nurse in Rome", corpus::MakeSpan(0, 12, "job"), kAccept);
  Judge("Senior Nurse in Rome", corpus::MakeSpan(16, 20, "job"), kReject);
  Judge("Senior Nurse in Rome", corpus::MakeSpan(7, 12, "job"), storage::v1::VERDICT_IGNORE);
  Judge("Senior Nurse in Rome", corpus::MakeSpan(16, 20, "place"), kAccept);
  EXPECT_THAT(Questions(), UnorderedElementsAre(Pair("0-12", kAccept), Pair("16-20", kReject)));
}

TEST_F(GoldTasksTest, ALaterAnswerCorrectsAnEarlierOne) {
  Judge("Nurse", corpus::MakeSpan(0, 5, "job"), kAccept);
  Judge("Nurse", corpus::MakeSpan(0, 5, "job"), kReject);
  EXPECT_THAT(Questions(), UnorderedElementsAre(Pair("0-5", kReject)));
  Mark("Nurse", {corpus::MakeSpan(0, 5, "job")});
  EXPECT_THAT(Questions(), UnorderedElementsAre(Pair("0-5", kAccept)));
}

TEST_F(GoldTasksTest, SpansOfACompleteTextAreRightAndThoseBesideThemWrong) {
  Mark("the Senior Nurse left",
       {corpus::MakeSpan(4, 16, "job"), corpus::MakeSpan(17, 21, "place")});
  const auto questions = Questions();
  EXPECT_THAT(questions, Contains(Pair("4-16", kAccept)));
  ASSERT_EQ(questions.size(), 2u);
  for (const auto& [span, verdict] : questions) {
    if (span == "4-16") continue;
    EXPECT_EQ(verdict, kReject);
    EXPECT_THAT(span, ::testing::AnyOf("0-16", "4-21", "11-16", "4-10"));
  }
}

TEST_F(GoldTasksTest, AWrongNeighbourIsNoneOfTheRightSpans) {
  Mark("Nurse", {corpus::MakeSpan(0, 5, "job")});
  EXPECT_THAT(Questions(), UnorderedElementsAre(Pair("0-5", kAccept)));
}

TEST_F(GoldTasksTest, MarkedTextsNeedAllLabelsOfTheQueue) {
  queue_.set_kind(storage::v1::TASK_KIND_MANUAL);
  queue_.add_labels("place");
  Mark("Nurse in Rome", {corpus::MakeSpan(0, 5, "job"), corpus::MakeSpan(9, 13, "place")});
  Mark("Cook", {corpus::MakeSpan(0, 4, "job")}, {"job"});
  Judge("Nurse in Oslo", corpus::MakeSpan(0, 5, "job"), kAccept);
  const auto gold = ReadGoldTasks(queue_, corpus_->reader());
  ASSERT_TRUE(gold.ok()) << gold.status();
  ASSERT_EQ(gold->size(), 1u);
  EXPECT_EQ(gold->front().markup().labels_size(), 2);
  EXPECT_EQ(gold->front().check().spans_size(), 2);
  EXPECT_EQ(gold->front().check().gold_dataset(), "gold");
}

TEST_F(GoldTasksTest, NothingOfTheKindGivesNone) {
  Judge("Rome", corpus::MakeSpan(0, 4, "place"), kAccept);
  EXPECT_THAT(Questions(), IsEmpty());
}

TEST_F(GoldTasksTest, ADatasetThatThereIsNotIsAnError) {
  const auto gold = ReadGoldTasks(queue_, corpus_->reader());
  EXPECT_EQ(ReasonOf(gold.status()), "UNKNOWN_DATASET");
}

}  // namespace
}  // namespace winnow::tasks

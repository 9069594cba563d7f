// Texts with yes/no answers, marked beforehand with the best labelling under these.
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/teach/markup_finder.h"
#include "common/teach/ordered_stream.h"
#include "common/teach/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using measure::MakeSpan;
using measure::Mark;
using measure::ShowAll;
using storage::v1::Task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SilverTest : public TeachTest {
 protected:
  SilverTest() {
    queue_.set_kind(storage::v1::TASK_KIND_CORRECT);
    queue_.clear_source();
    queue_.add_input_datasets("silver");
    queue_.set_strategy(std::string(kSourceOrder));
    models_.Publish(measure::GoodModel());
  }
  absl::StatusOr<std::unique_ptr<OrderedStream>> TryOpen() {
    WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<TaskFinder> finder,
                            MarkupFinder::Make(environment(), queue_));
    return OrderedStream::Open(environment(), queue_, std::move(finder));
  }
  std::vector<std::string> MarkedIn(const OrderedStream& stream, Task task) {
    const absl::Status status = stream.Complete(task);
    EXPECT_TRUE(status.ok()) << status;
    return ShowAll(task.markup().spans());
  }

  const std::string first_ = "Nurse wanted in Paris, number 1";
  const std::string second_ = "Cook wanted in Rome, number 2";
};

TEST_F(SilverTest, TextsWithYesNoAnswersAreAskedInTheirOrder) {
  corpus_.Reject("silver", second_, MakeSpan(0, 4));
  corpus_.Accept("silver", first_, MakeSpan(0, 5));
  corpus_.Complete("silver", Mark("[Baker] in <Bonn>"), {"job", "place"});
  corpus_.Accept("silver", "taken back", MakeSpan(0, 5));
  corpus_.Undo("silver", corpus_.corpus().revision());
  auto stream = TryOpen();
  ASSERT_TRUE(stream.ok()) << stream.status();
  const std::vector<Task> tasks = TakeAll(**stream);
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_EQ(TextOf(tasks[0]), second_);
  EXPECT_EQ(TextOf(tasks[1]), first_);
  EXPECT_EQ(tasks[0].id(), corpus::MarkupTaskIdOf(tasks[0].example_id(), {"job", "place"}));
  EXPECT_THAT((*stream)->WhyEmpty().message, HasSubstr("datasets silver"));

  // Those that come later, too.
  corpus_.Accept("silver", "Driver for London", MakeSpan(0, 6));
  EXPECT_THAT(TakeAll(**stream), SizeIs(1));
  // What the output has completely is left out.
  corpus_.Complete("d", Mark("[Nurse] wanted in <Paris>, number 1"), {"job", "place"});
  known_.clear();
  stream = TryOpen();
  EXPECT_THAT(TakeAll(**stream), SizeIs(2));
  EXPECT_EQ((*stream)->Facts().num_excluded_texts, 1u);
}

TEST_F(SilverTest, TheMarksAreTheBestUnderTheAnswers) {
  corpus_.Reject("silver", first_, MakeSpan(0, 5));
  const auto stream = TryOpen();
  ASSERT_TRUE(stream.ok()) << stream.status();
  const std::vector<Task> tasks = TakeAll(**stream);
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_THAT(MarkedIn(**stream, tasks[0]), ElementsAre("16-21 place")) << "no job";
  corpus_.Accept("silver", first_, MakeSpan(6, 12));
  EXPECT_THAT(MarkedIn(**stream, tasks[0]), ElementsAre("6-12 job", "16-21 place"));
  // Of spans that are no whole tokens the model knows nothing.
  corpus_.Accept("silver", first_, MakeSpan(17, 20));
  EXPECT_THAT(MarkedIn(**stream, tasks[0]), ElementsAre("6-12 job", "17-20 job"));
  // What the majority rejects is not marked.
  for (const char* person : {"bob", "cora"}) {
    storage::v1::Answer answer =
        measure::BinaryAnswer(MakeSpan(17, 20), storage::v1::VERDICT_REJECT);
    answer.set_annotator(person);
    corpus_.Append("silver", first_, answer);
  }
  EXPECT_THAT(MarkedIn(**stream, tasks[0]), ElementsAre("6-12 job", "16-21 place"));
}

TEST_F(SilverTest, AReviewersDecisionReplacesWhatItDecides) {
  queue_.add_input_datasets("decisions");
  const storage::v1::Span span = MakeSpan(6, 12);
  storage::v1::Answer decision = measure::BinaryAnswer(span, storage::v1::VERDICT_REJECT);
  decision.set_annotator("rita");
  for (const char* person : {"ann", "bob", "cora"}) {
    storage::v1::Answer answer = measure::BinaryAnswer(span, storage::v1::VERDICT_ACCEPT);
    answer.set_annotator(person);
    decision.add_decides(corpus_.Append("silver", first_, answer));
  }
  corpus_.Append("decisions", first_, decision);
  const auto stream = TryOpen();
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(MarkedIn(**stream, TakeAll(**stream).at(0)), ElementsAre("0-5 job", "16-21 place"));
}

TEST_F(SilverTest, OtherLabelsAreLeftAlone) {
  queue_.clear_labels();
  queue_.add_labels("place");
  corpus_.Accept("silver", first_, MakeSpan(0, 5));
  const auto stream = TryOpen();
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(MarkedIn(**stream, TakeAll(**stream).at(0)), ElementsAre("16-21 place"));
}

TEST_F(SilverTest, WithoutTheDataSetItDoesNotOpen) {
  EXPECT_EQ(ReasonOf(TryOpen().status()), "UNKNOWN_DATASET");
}

}  // namespace
}  // namespace winnow::teach

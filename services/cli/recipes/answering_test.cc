#include "services/cli/recipes/answering.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

annotation::v1::Task NumberedQuestion(const std::string& id, const std::string& text,
                                      uint32_t start, uint32_t end) {
  annotation::v1::Task task;
  task.set_task_id(id);
  task.set_text(text);
  common::v1::Span& span = *task.mutable_question()->mutable_span();
  span.set_start(start);
  span.set_end(end);
  span.set_label("job");
  span.set_score(0.5);
  task.set_strategy("uncertainty");
  return task;
}

annotation::v1::Task NumberedComparison(const std::string& id) {
  annotation::v1::Task task;
  task.set_task_id(id);
  task.set_text("t");
  common::v1::Span& span = *task.mutable_comparison()->add_first();
  span.set_end(1);
  span.set_label("job");
  return task;
}

std::vector<std::string> Given(const FakeWorld& world) {
  std::vector<std::string> given;
  for (const annotation::v1::NewAnswer& answer : world.annotation.answers) {
    given.push_back(absl::StrCat(answer.task_id(), " ", common::v1::Verdict_Name(answer.verdict()),
                                 " ", annotation::v1::Choice_Name(answer.choice())));
  }
  return given;
}

class OnATerminal : public testing::Test {
 protected:
  void SetUp() override {
    if (!pty_.ok())
      GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
    world_.environment.terminal = pty_.path();
  }

  FakeWorld world_;
  Pty pty_;
};
using TeachOnATerminal = OnATerminal;
using CompareOnATerminal = OnATerminal;

TEST_F(TeachOnATerminal, KeysBecomeAnswersAndUndoAsksAgain) {
  world_.annotation.tasks = {NumberedQuestion("1", "a nurse", 2, 7),
                             NumberedQuestion("2", "a cook", 2, 6),
                             NumberedQuestion("3", "7", 0, 1)};
  // Accept 1, reject 2, take both back, reject 1, accept 2, ignore 3.
  pty_.Type("axuuxa ");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("1 VERDICT_REJECT CHOICE_UNSPECIFIED",
                                         "2 VERDICT_ACCEPT CHOICE_UNSPECIFIED",
                                         "3 VERDICT_IGNORE CHOICE_UNSPECIFIED"));
  EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("3 answers: 1 accepted, 1 rejected, 1 ignored"),
                                      HasSubstr("every candidate has been asked")));
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("\x1b[7mnurse"),
                                   HasSubstr("score 0.50, asked because: uncertainty")));
  EXPECT_TRUE(pty_.Echoes());
}

TEST_F(TeachOnATerminal, AMendedBoundaryIsARejectAndAnAcceptInOneAnswer) {
  world_.annotation.tasks = {NumberedQuestion("1", "a senior nurse manager", 9, 14),
                             NumberedQuestion("2", "a cook", 2, 6)};
  // Takes in "senior" and "manager", from the next question takes that back, and mends it anew;
  // then a boundary that is left as it was, and one that nobody wants mended after all.
  pty_.Type("b\x1b[D]\nub\x1b[D\nb\nb]bx");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--json"}), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("1 VERDICT_REJECT CHOICE_UNSPECIFIED",
                                         "2 VERDICT_REJECT CHOICE_UNSPECIFIED"));
  const annotation::v1::NewAnswer& mended = world_.annotation.answers[0];
  ASSERT_EQ(mended.spans_size(), 1);
  EXPECT_EQ(mended.spans(0).start(), 2u);
  EXPECT_EQ(mended.spans(0).end(), 14u);
  EXPECT_EQ(mended.spans(0).label(), "job");
  EXPECT_FALSE(mended.spans(0).has_score());
  EXPECT_TRUE(world_.annotation.answers[1].spans().empty());
  const auto asked = nlohmann::json::parse(world_.out.str())["asked"];
  EXPECT_EQ(asked[0]["mended"]["text"], "senior nurse");
  EXPECT_TRUE(asked[1]["mended"].is_null());
  EXPECT_THAT(pty_.Screen(),
              AllOf(HasSubstr("b mend the boundary"), HasSubstr("[ ] or shift the end"),
                    HasSubstr("\x1b[4msenior \x1b[7mnurse")));
}

TEST_F(TeachOnATerminal, AnAnswerOfAnEarlierSessionCanBeTakenBack) {
  world_.annotation.tasks = {NumberedQuestion("1", "a nurse", 2, 7),
                             NumberedQuestion("2", "a cook", 2, 6)};
  pty_.Type("aq");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("1 VERDICT_ACCEPT CHOICE_UNSPECIFIED"));
  // Takes the accept back; there is no other answer before it.
  pty_.Type("uuxq");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("1 VERDICT_REJECT CHOICE_UNSPECIFIED"));
  EXPECT_THAT(pty_.Screen(),
              AllOf(HasSubstr("your last answer of an earlier session is taken back"),
                    HasSubstr("you have no answer here that could be taken back")));
}

TEST_F(TeachOnATerminal, QuittingGivesTheQuestionBackAtOnce) {
  world_.annotation.tasks = {NumberedQuestion("1", "a nurse", 2, 7)};
  world_.annotation.tasks[0].set_fencing_token(7);
  pty_.Type("q");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world_.err.str();
  ASSERT_EQ(world_.annotation.released.size(), 1u);
  ASSERT_EQ(world_.annotation.released[0].tasks_size(), 1);
  EXPECT_EQ(world_.annotation.released[0].tasks(0).task_id(), "1");
  EXPECT_EQ(world_.annotation.released[0].tasks(0).fencing_token(), 7u);
  EXPECT_EQ(world_.annotation.released[0].queue(), world_.annotation.queue.name());
}

TEST_F(TeachOnATerminal, ShowsOnlyTheSentenceAsked) {
  world_.variables["NO_COLOR"] = "1";
  world_.annotation.tasks = {NumberedQuestion("1", "First. A nurse wanted. Last.", 9, 14)};
  world_.annotation.tasks[0].set_view_start(7);
  world_.annotation.tasks[0].set_view_end(22);
  pty_.Type("uq");
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 0) << world_.err.str();
  EXPECT_THAT(pty_.Screen(), HasSubstr("... A [nurse|job] wanted. ..."));
  EXPECT_THAT(Given(world_), ElementsAre());
}

TEST_F(CompareOnATerminal, KeysChooseSides) {
  world_.evaluation.judgements_wanted = 4;
  world_.annotation.tasks = {NumberedComparison("1"), NumberedComparison("2"),
                             NumberedComparison("3"), NumberedComparison("4"),
                             NumberedComparison("5")};
  pty_.Type("1x=z ");
  EXPECT_EQ(world_.Run({"ner.eval-ab", "d", "a", "b", "s", "-l", "job"}), 0) << world_.err.str();
  EXPECT_THAT(Given(world_),
              ElementsAre("1 VERDICT_ACCEPT CHOICE_FIRST", "2 VERDICT_ACCEPT CHOICE_SECOND",
                          "3 VERDICT_ACCEPT CHOICE_TIE", "4 VERDICT_IGNORE CHOICE_UNSPECIFIED"));
  EXPECT_THAT(world_.out.str(), HasSubstr("verdict: B is better"));
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("1  \x1b[7mt"), HasSubstr("(no span)")));
}

}  // namespace
}  // namespace winnow::cli

// review and ner.silver-to-gold: what they ask for, and decisions on a terminal and by the oracle.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/review_questions.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/testing.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using annotation::v1::Review;
using annotation::v1::Task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

common::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label = "job") {
  common::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

void AddVersion(Task& task, common::v1::Verdict verdict, const std::vector<common::v1::Span>& spans,
                const std::vector<std::string>& people) {
  Review::Version& version = *task.mutable_review()->add_versions();
  version.set_verdict(verdict);
  *version.mutable_spans() = {spans.begin(), spans.end()};
  version.set_num_people(static_cast<uint32_t>(people.size()));
  for (const std::string& person : people) {
    Review::Said& said = *version.add_said();
    said.set_annotator(person);
    said.set_dataset("d1");
    said.set_revision(7);
  }
}

Task ReviewTask(const std::string& text, annotation::v1::Coverage coverage) {
  Task task;
  task.set_task_id(text);
  task.set_kind(annotation::v1::TASK_KIND_REVIEW);
  task.set_text(text);
  task.set_strategy("disagreement");
  task.mutable_review()->set_coverage(coverage);
  return task;
}

// Two see a job in the first word, one in two words, one a bad text.
Task TextReview(const std::string& text = "senior nurse wanted") {
  Task task = ReviewTask(text, annotation::v1::COVERAGE_COMPLETE);
  task.mutable_review()->add_labels("city");
  task.mutable_review()->add_labels("job");
  AddVersion(task, common::v1::VERDICT_ACCEPT, {MakeSpan(0, 6)}, {"ann", "bob"});
  AddVersion(task, common::v1::VERDICT_ACCEPT, {MakeSpan(0, 12)}, {"cora"});
  AddVersion(task, common::v1::VERDICT_REJECT, {}, {"dora"});
  return task;
}

Task QuestionReview(const std::string& text = "a nurse") {
  Task task = ReviewTask(text, annotation::v1::COVERAGE_BINARY);
  *task.mutable_review()->mutable_span() = MakeSpan(2, 7);
  AddVersion(task, common::v1::VERDICT_REJECT, {}, {"ann"});
  AddVersion(task, common::v1::VERDICT_ACCEPT, {}, {""});
  return task;
}

std::vector<std::string> Given(const FakeWorld& world) {
  std::vector<std::string> given;
  for (const annotation::v1::NewAnswer& answer : world.annotation.answers) {
    given.push_back(absl::StrCat(
        VerdictName(answer.verdict()), " ",
        Highlight(answer.task_id(), {answer.spans().begin(), answer.spans().end()}, false)));
  }
  return given;
}

class ReviewTest : public RecipeTest {
 protected:
  ReviewTest() { world_.annotation.labels = {"job"}; }
};

TEST_F(ReviewTest, TheDataSetsAreGivenOurWayOrProdigys) {
  AddGold(world_.annotation, "a", {});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"d1", "d2", "-o", "out"}, {"out", "d1,d2"}, {"out", "d1", "d2"}}) {
    std::vector<std::string> command = {"review", "--auto-accept", "--hide-names", "--oracle",
                                        "gold"};
    command.insert(command.end(), words.begin(), words.end());
    EXPECT_EQ(world_.Run(command), 0) << world_.err.str();
    const annotation::v1::QueueSpec& spec = world_.annotation.queue;
    EXPECT_EQ(spec.kind(), annotation::v1::TASK_KIND_REVIEW);
    EXPECT_EQ(spec.dataset(), "out");
    EXPECT_THAT(spec.input_datasets(), ElementsAre("d1", "d2"));
    EXPECT_THAT(spec.labels(), ElementsAre("job")) << "all that the data sets have";
    EXPECT_EQ(spec.source(), "");
    EXPECT_TRUE(spec.auto_accept());
    EXPECT_TRUE(spec.hide_names());
    EXPECT_THAT(spec.name(), StartsWith("out.review-"));
  }
  EXPECT_EQ(world_.Run({"review", "d1", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--output: is missing"));
  EXPECT_EQ(world_.Run({"review", "golf", "-o", "out", "--oracle", "gold"}), 2);
  EXPECT_EQ(world_.Run({"review", "d1", "-o", "out", "--accept-single"}), 2);
}

TEST_F(ReviewTest, TheOracleDecidesAndTheReplyTellsWhoSaidWhat) {
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  AddGold(world_.annotation, "senior nurse wanted", {{0, 12}});
  Task text = TextReview();
  text.mutable_review()->mutable_labels()->DeleteSubrange(0, 1);
  world_.annotation.tasks = {text, QuestionReview(), QuestionReview("unknown")};
  EXPECT_EQ(world_.Run({"review", "d1", "d2", "-o", "out", "--oracle", "gold", "--json"}), 0)
      << world_.err.str();
  EXPECT_THAT(Given(world_),
              ElementsAre("accept [senior nurse|job] wanted", "accept a nurse", "ignore unknown"));
  const nlohmann::json asked = Json()["asked"];
  EXPECT_EQ(asked[0]["versions"][0]["people"], 2);
  EXPECT_EQ(asked[0]["versions"][0]["said"][1]["annotator"], "bob");
  EXPECT_EQ(asked[0]["versions"][1]["spans"][0]["text"], "senior nurse");
  EXPECT_EQ(asked[0]["versions"][2]["verdict"], "reject");
  EXPECT_EQ(asked[0]["spans"][0]["text"], "senior nurse");
  EXPECT_EQ(asked[1]["span"]["text"], "nurse");
  EXPECT_EQ(asked[1]["verdict"], "accept");
}

TEST_F(ReviewTest, SilverToGoldMarksTextsOfDataSets) {
  AddGold(world_.annotation, "a", {});
  EXPECT_EQ(
      world_.Run({"ner.silver-to-gold", "out", "d1,d2", "m", "-l", "job", "--oracle", "gold"}), 0)
      << world_.err.str();
  const annotation::v1::QueueSpec& spec = world_.annotation.queue;
  EXPECT_EQ(spec.kind(), annotation::v1::TASK_KIND_CORRECT);
  EXPECT_EQ(spec.dataset(), "out");
  EXPECT_THAT(spec.input_datasets(), ElementsAre("d1", "d2"));
  EXPECT_EQ(spec.source(), "");
  EXPECT_EQ(spec.model(), "m");
  EXPECT_EQ(spec.strategy(), "source");
}

class ReviewOnATerminal : public ReviewTest {
 protected:
  void SetUp() override {
    if (!pty_.ok())
      GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
    world_.environment.terminal = pty_.path();
    world_.variables["NO_COLOR"] = "1";
  }
  int Decide(absl::string_view keys) {
    pty_.Type(keys);
    return world_.Run({"review", "d1", "-o", "out"});
  }

  Pty pty_;
};

TEST_F(ReviewOnATerminal, TheMostFrequentVersionIsChosenAndAnotherByItsDigit) {
  world_.annotation.tasks = {TextReview(), TextReview(), TextReview(), TextReview()};
  EXPECT_EQ(Decide("a2\n3a q"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_),
              ElementsAre("accept [senior|job] nurse wanted", "accept [senior nurse|job] wanted",
                          "reject senior nurse wanted", "ignore senior nurse wanted"));
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("people differ"), HasSubstr("> 1 2 people: ann, bob"),
                                   HasSubstr("> 2 1 person: cora"), HasSubstr("(a bad text)"),
                                   HasSubstr("A city   B job")));
}

TEST_F(ReviewOnATerminal, AVersionIsMendedAndABadTextIsMarkedAfterAll) {
  world_.annotation.tasks = {TextReview(), TextReview()};
  // The second word is a city; of the bad text the first one.
  EXPECT_EQ(Decide("\x1b[CAa3Aa"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("accept [senior|job] [nurse|city] wanted",
                                         "accept [senior|city] nurse wanted"));
}

TEST_F(ReviewOnATerminal, AQuestionIsAnsweredAsSomeSayOrDirectly) {
  world_.annotation.tasks = {QuestionReview(), QuestionReview(), QuestionReview(),
                             QuestionReview()};
  EXPECT_EQ(Decide("12ax"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_),
              ElementsAre("reject a nurse", "accept a nurse", "accept a nurse", "reject a nurse"));
  EXPECT_THAT(pty_.Screen(),
              AllOf(HasSubstr("a tie"), HasSubstr("1 reject   1 person: ann"),
                    HasSubstr("2 accept   1 person: somebody in d1"), HasSubstr("a [nurse|job]")));
}

TEST_F(ReviewOnATerminal, WithoutNamesOnlyNumbersAreShown) {
  Task task = TextReview();
  for (Review::Version& version : *task.mutable_review()->mutable_versions()) version.clear_said();
  Task gone = ReviewTask("taken back", annotation::v1::COVERAGE_COMPLETE);
  gone.mutable_review()->add_labels("job");
  world_.annotation.tasks = {task, gone};
  EXPECT_EQ(Decide("aa"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("accept [senior|job] nurse wanted", "accept taken back"));
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("> 1 2 people\r\n"), Not(HasSubstr("ann")),
                                   HasSubstr("what was said has been taken back")));
}

}  // namespace
}  // namespace winnow::cli

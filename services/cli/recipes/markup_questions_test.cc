// ner.manual and ner.correct: texts marked on a terminal, and by the oracle.
#include "services/cli/recipes/markup_questions.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"
#include "services/cli/terminal/highlight.h"
#include "services/cli/terminal/testing.h"
#include "services/cli/terminal/verdict.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using MarkupQuestionsTest = RecipeTest;

// "accept a [nurse|job]"
std::vector<std::string> Given(const FakeWorld& world) {
  std::vector<std::string> given;
  for (const annotation::v1::NewAnswer& answer : world.annotation.answers) {
    given.push_back(absl::StrCat(
        VerdictName(answer.verdict()), " ",
        Highlight(answer.task_id(), {answer.spans().begin(), answer.spans().end()}, false)));
  }
  return given;
}

common::v1::Span MakeSpan(uint32_t start, uint32_t end, const std::string& label) {
  common::v1::Span span;
  span.set_start(start);
  span.set_end(end);
  span.set_label(label);
  return span;
}

TEST_F(MarkupQuestionsTest, TheOracleMarksWhatIsAnnotated) {
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  AddGold(world_.annotation, "nothing", {});
  world_.annotation.tasks = {MarkupTask("a nurse"), MarkupTask("nothing"), MarkupTask("unknown")};
  for (annotation::v1::Task& task : world_.annotation.tasks) {
    task.mutable_markup()->clear_labels();
    task.mutable_markup()->add_labels("job");
  }
  EXPECT_EQ(world_.Run({"ner.manual", "d", "s", "-l", "job", "--oracle", "gold", "--order",
                        "random", "--seed", "3", "--json"}),
            0)
      << world_.err.str();
  EXPECT_THAT(Given(world_),
              ElementsAre("accept a [nurse|job]", "accept nothing", "ignore unknown"));
  const annotation::v1::QueueSpec& spec = world_.annotation.queue;
  EXPECT_EQ(spec.kind(), annotation::v1::TASK_KIND_MANUAL);
  EXPECT_EQ(spec.model(), "");
  EXPECT_EQ(spec.strategy(), "random");
  EXPECT_EQ(spec.seed(), 3u);
  EXPECT_THAT(spec.name(), StartsWith("d.manual-"));
  EXPECT_EQ(Json()["session"]["answers"], 3);
  EXPECT_EQ(Json()["asked"][0]["spans"][0]["text"], "nurse");
  EXPECT_EQ(Json()["asked"][0]["verdict"], "accept");
}

TEST_F(MarkupQuestionsTest, CorrectSendsItsModelAndManualItsPatterns) {
  AddGold(world_.annotation, "a", {});
  EXPECT_EQ(
      world_.Run({"ner.correct", "d", "m", "s", "-l", "job", "-e", "gold", "--oracle", "gold"}), 0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.kind(), annotation::v1::TASK_KIND_CORRECT);
  EXPECT_EQ(world_.annotation.queue.model(), "m");
  EXPECT_EQ(world_.annotation.queue.strategy(), "uncertainty");
  EXPECT_THAT(world_.annotation.queue.exclude_datasets(), ElementsAre("gold"));
  EXPECT_THAT(world_.out.str(), HasSubstr("stopped: every candidate has been asked"));

  const std::string patterns = "{\"label\":\"job\",\"pattern\":\"nurse\"}\n";
  EXPECT_EQ(world_.Run({"ner.manual", "d", "s", "-l", "job", "-pt",
                        Write("patterns.jsonl", patterns), "--oracle", "gold"}),
            0);
  EXPECT_EQ(world_.annotation.queue.patterns(), patterns);
}

TEST_F(MarkupQuestionsTest, MoreLabelsThanKeysAreRefusedOnATerminalOnly) {
  AddGold(world_.annotation, "a", {});
  std::string labels = "job";
  for (int i = 0; i < 36; ++i) absl::StrAppend(&labels, ",label", i);
  std::vector<std::string> words = {"ner.manual", "d", "s", "-l", labels};
  if (Pty pty; pty.ok()) {
    world_.environment.terminal = pty.path();
    EXPECT_EQ(world_.Run(words), 2);
    EXPECT_THAT(world_.err.str(), HasSubstr("keys for 36 labels, not for 37"));
    EXPECT_EQ(world_.annotation.queue.name(), "");
  }
  words.insert(words.end(), {"--oracle", "gold"});
  EXPECT_EQ(world_.Run(words), 0);
}

TEST_F(MarkupQuestionsTest, TheHelpSaysWhatATerminalCannotDo) {
  for (const char* recipe : {"ner.manual", "ner.correct"}) {
    world_.out.str("");
    EXPECT_EQ(world_.Run({recipe, "--help"}), 0);
    EXPECT_THAT(world_.out.str(), AllOf(HasSubstr("no mouse"), HasSubstr("backspace")));
  }
}

class MarkupOnATerminal : public testing::Test {
 protected:
  void SetUp() override {
    if (!pty_.ok())
      GTEST_SKIP() << "there are no pseudo-terminals here: mount /dev/pts to run this test";
    world_.environment.terminal = pty_.path();
    world_.variables["NO_COLOR"] = "1";
  }
  int Mark(absl::string_view keys) {
    pty_.Type(keys);
    return world_.Run({"ner.manual", "d", "s", "-l", "job,city"});
  }

  FakeWorld world_;
  Pty pty_;
};

TEST_F(MarkupOnATerminal, KeysMarkAcceptRejectAndIgnore) {
  world_.annotation.tasks = {MarkupTask("nurse in New York"), MarkupTask("???"), MarkupTask("skip"),
                             MarkupTask("none")};
  EXPECT_EQ(Mark("1\x1b[C\x1b[C\x1b[1;2C2ax \n"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("accept [nurse|job] in [New York|city]", "reject ???",
                                         "ignore skip", "accept none"));
  EXPECT_THAT(world_.out.str(),
              HasSubstr("4 answers: 2 accepted, 1 rejected, 1 ignored; 2 spans marked"));
  EXPECT_THAT(pty_.Screen(), AllOf(HasSubstr("»nurse« in New York"), HasSubstr("1 job   2 city"),
                                   HasSubstr("asked because: source")));
}

TEST_F(MarkupOnATerminal, WhatIsMarkedBeforehandIsCorrected) {
  world_.annotation.tasks = {
      MarkupTask("nurse in Paris", {MakeSpan(0, 5, "job"), MakeSpan(6, 8, "city")})};
  EXPECT_EQ(Mark("\x1b[Cd\x1b[C2a"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("accept [nurse|job] in [Paris|city]"));
}

TEST_F(MarkupOnATerminal, AnUndoneTextComesBackWithItsMarks) {
  world_.annotation.tasks = {MarkupTask("a nurse"), MarkupTask("a cook")};
  // Marks the wrong token, takes it back from the next text, and mends it.
  EXPECT_EQ(Mark("1aud]]1aq"), 0) << world_.err.str();
  EXPECT_THAT(Given(world_), ElementsAre("accept [a nurse|job]"));
  EXPECT_THAT(pty_.Screen(), HasSubstr("[»a«|job] nurse"));
}

}  // namespace
}  // namespace winnow::cli

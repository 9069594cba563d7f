#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using NerTeachTest = RecipeTest;

TEST_F(NerTeachTest, TeachAnswersFromTheOracleThroughTheRpcs) {
  AddGold(world_.annotation, "a nurse", {{2, 7}});
  AddGold(world_.annotation, "a cook", {});
  AddGold(world_.annotation, "x", {{0, 1}});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a cook", 2, 6),
                             Question("x", 0, 1), Question("unknown", 1, 2)};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--seed", "3",
                        "--json"}),
            0)
      << world_.err.str();
  const nlohmann::json json = Json();
  std::vector<std::string> asked;
  for (const auto& item : json["asked"])
    asked.push_back(item["span"]["text"].get<std::string>() + " " +
                    item["verdict"].get<std::string>());
  EXPECT_THAT(asked, ElementsAre("nurse accept", "cook reject", "x accept", "n ignore"));
  EXPECT_EQ(json["asked"][0]["score"], 0.25);
  EXPECT_EQ(json["session"]["answers"], 4);
  EXPECT_EQ(json["session"]["audit_answers"], 1);
  EXPECT_EQ(json["session"]["stopped"], "exhausted");
  EXPECT_EQ(json["queue"]["status"]["num_hidden_candidates"], "17");
  EXPECT_EQ(world_.annotation.queue.seed(), 3u);
  for (const auto& lease : world_.annotation.leases) {
    EXPECT_TRUE(lease.wait_for_learner());
    EXPECT_EQ(lease.max_tasks(), 1u);
  }
}

TEST_F(NerTeachTest, TeachStopsAfterTheAnswersAskedFor) {
  AddGold(world_.annotation, "a nurse", {});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a nurse", 0, 7),
                             Question("a nurse", 0, 1)};
  EXPECT_EQ(
      world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--answers", "2"}),
      0);
  EXPECT_EQ(world_.annotation.answers.size(), 2u);
  EXPECT_EQ(world_.annotation.leases.size(), 2u);
  EXPECT_THAT(world_.out.str(),
              AllOf(HasSubstr("2 answers: 0 accepted, 2 rejected"), HasSubstr("17 candidates")));
}

TEST_F(NerTeachTest, TeachDoesNotCountAnAnswerThatSomebodyElseGave) {
  AddGold(world_.annotation, "a nurse", {});
  world_.annotation.tasks = {Question("a nurse", 2, 7), Question("a nurse", 0, 7)};
  world_.annotation.lost_leases = {"a nurse27"};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold", "--json"}), 0);
  EXPECT_EQ(Json()["session"]["answers"], 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("somebody else has answered"));
}

TEST_F(NerTeachTest, TeachContinuesTheQueueOfTheSameCommandOnly) {
  AddGold(world_.annotation, "a", {});
  const auto queue_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"ner.teach", "d", "m", "s", "--oracle", "gold"};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(world_.Run(words), 0) << world_.err.str();
    return world_.annotation.queue.name();
  };
  const std::string first = queue_of({"-l", "job"});
  EXPECT_THAT(first, StartsWith("d.teach-"));
  EXPECT_EQ(queue_of({"-l", "job"}), first);
  EXPECT_NE(queue_of({"-l", "job", "--seed", "1"}), first);
  EXPECT_NE(queue_of({"-l", "job", "-e", "gold"}), first);
}

TEST_F(NerTeachTest, TeachSendsThePatterns) {
  AddGold(world_.annotation, "a", {});
  const std::string patterns = "{\"label\":\"job\",\"pattern\":\"nurse\"}\n";
  const std::string path = Write("patterns.jsonl", patterns);
  EXPECT_EQ(world_.Run({"ner.teach", "d", "blank:en", "s", "-l", "job", "-pt", path, "--oracle",
                        "gold", "--json"}),
            0)
      << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.model(), "blank:en");
  EXPECT_EQ(world_.annotation.queue.patterns(), patterns);
  EXPECT_EQ(Json()["queue"]["spec"]["patterns"], "");
  EXPECT_EQ(
      world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "-pt", path + "x", "--oracle", "gold"}),
      2);
  EXPECT_THAT(world_.err.str(), HasSubstr(path + "x"));
}

TEST_F(NerTeachTest, TeachNeedsSomebodyToAnswerAndSaysSoBeforeItChangesAnything) {
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--oracle"));
  EXPECT_EQ(world_.annotation.queue.name(), "");
}

TEST_F(NerTeachTest, TheOracleNeedsCompleteAnnotations) {
  world_.annotation.datasets["gold"] = {};
  EXPECT_EQ(world_.Run({"ner.teach", "d", "m", "s", "-l", "job", "--oracle", "gold"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("has no complete annotations"));
}

}  // namespace
}  // namespace winnow::cli

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using NerBatchTrainTest = RecipeTest;

TEST_F(NerBatchTrainTest, BatchTrainPassesEveryOptionOn) {
  const std::string patterns = Write("patterns.jsonl", "a whole file");
  std::vector<std::string> words = absl::StrSplit(
      "ner.batch-train d1,d2 blank:en -o new -l job -es 0.1 --eval-id gold --seed 9 --no-replay "
      "--prior 0 -n 4 --bag 8 --pool raw --no-self-training --entity-share 0.05 "
      "--weigh-people --patterns",
      ' ');
  words.push_back(patterns);
  EXPECT_EQ(world_.Run(words), 0) << world_.err.str();
  const training::v1::TrainingSpec& spec = world_.training.spec;
  EXPECT_THAT(spec.datasets(), ElementsAre("d1", "d2"));
  EXPECT_EQ(spec.parent(), "blank:en");
  EXPECT_EQ(spec.output(), "new");
  EXPECT_DOUBLE_EQ(spec.eval_split(), 0.1);
  EXPECT_THAT(spec.eval_datasets(), ElementsAre("gold"));
  EXPECT_EQ(spec.seed(), 9u);
  EXPECT_TRUE(spec.no_replay());
  EXPECT_TRUE(spec.has_prior());
  EXPECT_EQ(spec.prior(), 0);
  EXPECT_EQ(spec.epochs(), 4u);
  EXPECT_EQ(spec.bag(), 8u);
  EXPECT_TRUE(spec.has_self_training());
  EXPECT_FALSE(spec.self_training());
  EXPECT_EQ(spec.pool(), "raw");
  EXPECT_EQ(spec.patterns(), "a whole file");
  EXPECT_DOUBLE_EQ(spec.entity_share(), 0.05);
  EXPECT_TRUE(spec.weigh_people());
  EXPECT_THAT(world_.err.str(), HasSubstr("epoch 1 of 1"));
}

TEST_F(NerBatchTrainTest, BatchTrainMakesWordClassesOfVectors) {
  const std::string vectors = Write("vectors.txt", "nurse 1 0\nwaiter 1 0.1\nLondon 0 1\n");
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--vectors", vectors}), 0)
      << world_.err.str();
  EXPECT_EQ(world_.training.spec.lexicon(), "nurse 1 0\nwaiter 1 0.1\nLondon 0 1\n")
      << "what the service made of the file";
  EXPECT_THAT(world_.err.str(), HasSubstr("classing words"));

  const std::string more = Write("more.txt", "nurse 2\n"), third = Write("third.txt", "nurse 3\n");
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--pool", "raw",
                        "--vectors", vectors + "," + more, "--vectors", third}),
            0)
      << world_.err.str();
  EXPECT_EQ(world_.training.spec.pool(), "raw");
  EXPECT_FALSE(world_.training.spec.lexicon().empty());
  EXPECT_THAT(world_.training.spec.more_lexicons(), ElementsAre("nurse 2\n", "nurse 3\n"));
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--vectors", "a,b,c,d"}),
      2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--vectors: is more than 3"));

  world_.training.spec.Clear();
  const std::string ragged = Write("ragged.txt", "nurse 1 0\nwaiter 1\n");
  world_.training.lexicon_refusal = absl::InvalidArgumentError("vectors:2: has 1 values, not 2");
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job", "--vectors", ragged}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr(ragged + ": vectors:2"));
  EXPECT_EQ(world_.training.spec.ByteSizeLong(), 0u);
}

TEST_F(NerBatchTrainTest, BatchTrainLeavesDefaultsToTheService) {
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job"}), 0);
  EXPECT_FALSE(world_.training.spec.has_eval_split());
  EXPECT_FALSE(world_.training.spec.has_prior());
  EXPECT_FALSE(world_.training.spec.has_bag());
  EXPECT_FALSE(world_.training.spec.has_self_training());
}

TEST_F(NerBatchTrainTest, BatchTrainReadsAndWritesDirectories) {
  Write("old/manifest.json", "{}");
  Write("old/model.bin", std::string(600'000, 'x'));
  EXPECT_EQ(
      world_.Run({"ner.batch-train", "d", Path("old/"), "-o", Path("new/"), "-l", "job", "--json"}),
      0)
      << world_.err.str();
  EXPECT_EQ(world_.training.versions["old@1"]["model.bin"], std::string(600'000, 'x'));
  EXPECT_EQ(world_.training.spec.parent(), "old@1");
  EXPECT_EQ(world_.training.spec.output(), "new");
  EXPECT_EQ(Content("new/model.bin"), std::string(700'000, 'w'));
  EXPECT_EQ(Json()["job"]["report"]["model_version"], "new@1");
  // Nothing but the two models is left in the directory.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_),
                          std::filesystem::directory_iterator()),
            2);
}

TEST_F(NerBatchTrainTest, BatchTrainReplacesAModelButNothingElse) {
  Write("model/manifest.json", "{}");
  Write("model/stale.bin", "");
  Write("home/letter.txt", "precious");
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("model"), "-l", "job"}), 0)
      << world_.err.str();
  EXPECT_EQ(Content("model/stale.bin"), "no such file");
  world_.training.spec.Clear();
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("home"), "-l", "job"}), 2);
  EXPECT_EQ(Content("home/letter.txt"), "precious");
  EXPECT_EQ(world_.training.spec.output(), "") << "it is refused before anything is trained";
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", Path("home"), "-l", "job", "--force"}),
            0);
  EXPECT_EQ(Content("home/letter.txt"), "no such file");
}

TEST_F(NerBatchTrainTest, BatchTrainTellsWhyAJobFailed) {
  world_.training.job_error = "no example of d can teach the label job";
  EXPECT_EQ(world_.Run({"ner.batch-train", "d", "m", "-o", "new", "-l", "job"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("no example of d can teach the label job"));
}

}  // namespace
}  // namespace winnow::cli

// A command that is refused has imported nothing: what can be checked is checked first.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/cli/recipes/testing.h"

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

// Each command reads a model directory and a file of texts.
class RefusedCommand : public RecipeTest {
 protected:
  RefusedCommand() {
    AddGold(world_.annotation, "a nurse", {});
    Write("model/manifest.json", "{}");
    Write("texts.jsonl", "{\"text\":\"a nurse\"}\n");
  }

  std::vector<std::string> Teach(const std::string& label = "job") const {
    return {"ner.teach", "d", Path("model/"), Path("texts.jsonl"), "-l", label, "--oracle", "gold"};
  }
  std::vector<std::string> Train() const {
    return {"ner.batch-train",  "d", Path("model/"), "-o", "new", "-l", "job", "--pool",
            Path("texts.jsonl")};
  }
  std::vector<std::string> Compare() const {
    return {"ner.eval-ab", "d",   Path("model/"), "other", Path("texts.jsonl"),
            "-l",          "job", "--oracle",     "gold"};
  }

  void ExpectRefused(const std::vector<std::string>& words, const std::string& message) {
    EXPECT_EQ(world_.Run(words), 2);
    EXPECT_THAT(world_.err.str(), HasSubstr(message));
    EXPECT_TRUE(world_.annotation.imported.empty()) << "texts were imported";
    EXPECT_TRUE(world_.training.versions.empty()) << "a model was imported";
    EXPECT_EQ(world_.annotation.queue.name(), "");
    EXPECT_EQ(world_.training.spec.ByteSizeLong(), 0u);
    EXPECT_EQ(world_.evaluation.comparison.ByteSizeLong(), 0u);
  }
};

TEST_F(RefusedCommand, TeachWithSettingsThatTheServiceRefusesImportsNothing) {
  world_.annotation.queue_refusal = absl::InvalidArgumentError("exclude_datasets: no such");
  ExpectRefused(Teach(), "exclude_datasets: no such");
}

TEST_F(RefusedCommand, TeachWithALabelThatTheModelLacksImportsNothing) {
  ExpectRefused(Teach("jbo"), "does not know the label 'jbo'; it knows job. Did you mean \"job\"?");
}

TEST_F(RefusedCommand, TeachWithoutItsPatternFileImportsNothing) {
  std::vector<std::string> words = Teach();
  words.insert(words.end(), {"-pt", Path("absent.jsonl")});
  ExpectRefused(words, "absent.jsonl");
}

TEST_F(RefusedCommand, TeachOnBadTextsImportsNoModel) {
  world_.annotation.refusal = absl::InvalidArgumentError("line 2: text: is missing");
  ExpectRefused(Teach(), "texts.jsonl: line 2: text: is missing");
}

TEST_F(RefusedCommand, TrainingOnAnUnknownDatasetImportsNothing) {
  std::vector<std::string> words = Train();
  words[1] = "golf";
  ExpectRefused(words, "Did you mean \"gold\"?");
  words = Train();
  words.insert(words.end(), {"-e", "golf"});
  ExpectRefused(words, "Did you mean \"gold\"?");
}

TEST_F(RefusedCommand, TrainingWithASpecThatTheServiceRefusesImportsNothing) {
  world_.training.refusal = absl::InvalidArgumentError("prior: must lie between 0 and 100");
  ExpectRefused(Train(), "prior: must lie between 0 and 100");
}

TEST_F(RefusedCommand, TrainingFromAnUnknownModelImportsNoPool) {
  world_.training.unknown = {"m"};
  std::vector<std::string> words = Train();
  words[2] = "m";
  ExpectRefused(words, "no such model");
}

TEST_F(RefusedCommand, AComparisonWithAnUnknownModelImportsNothing) {
  world_.training.unknown = {"other"};
  ExpectRefused(Compare(), "no such model");
}

TEST_F(RefusedCommand, AComparisonThatTheServiceRefusesImportsNothing) {
  world_.evaluation.refusal = absl::InvalidArgumentError("spec.dataset: is not a name");
  ExpectRefused(Compare(), "spec.dataset: is not a name");
}

TEST_F(RefusedCommand, AnEvaluationOnAnUnknownDatasetImportsNoModel) {
  ExpectRefused({"ner.evaluate", Path("model/"), "golf"}, "Did you mean \"gold\"?");
}

TEST_F(RefusedCommand, APredictionOfALabelThatTheModelLacksImportsNoModel) {
  ExpectRefused({"ner.predict", Path("model/"), Path("texts.jsonl"), "-l", "jbo"},
                "does not know the label 'jbo'");
}

TEST_F(RefusedCommand, TheSameCommandsImportEverythingWhenNothingIsWrong) {
  EXPECT_EQ(world_.Run(Teach()), 0) << world_.err.str();
  EXPECT_EQ(world_.annotation.queue.model(), "model@1");
  EXPECT_TRUE(world_.annotation.imported.contains(world_.annotation.queue.source()));
  EXPECT_EQ(world_.Run(Train()), 0) << world_.err.str();
  EXPECT_EQ(world_.training.spec.parent(), "model@1");
  EXPECT_EQ(world_.training.spec.pool(), world_.annotation.queue.source());
  EXPECT_EQ(world_.Run(Compare()), 0) << world_.err.str();
  EXPECT_EQ(world_.evaluation.comparison.spec().model_a(), "model@1");
  EXPECT_EQ(world_.evaluation.comparison.spec().model_b(), "other@7");
}

}  // namespace
}  // namespace winnow::cli

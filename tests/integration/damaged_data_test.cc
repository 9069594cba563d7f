// A data directory in which something is damaged, and one left behind by Ctrl-C: what else there is
// still works. Commands without a server.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class DamagedDataTest : public testing::Test {
 protected:
  void SetUp() override {
    rows_ = *ExampleLines("job_titles_gold.jsonl", 60);
    const std::string file = *scratch_.Write("rows.jsonl", rows_);
    const Finished imported = Winnow({"db-in", "base", file, "--complete", "-l", kJobTitle});
    ASSERT_EQ(imported.exit_code, 0) << imported;
  }

  std::vector<std::string> OnData(std::vector<std::string> words) const {
    words.insert(words.end(), {"--data", scratch_ / "data"});
    return words;
  }
  Finished Winnow(const std::vector<std::string>& words) const {
    return RunToEnd("winnow", OnData(words));
  }
  Finished Train() const {
    return Winnow(
        {"ner.batch-train", "base", "blank:en", "-o", "titles", "-l", kJobTitle, "-n", "2"});
  }
  void ExpectThatDataCanBeSaved() const {
    const Finished out = Winnow({"db-out", "base"});
    EXPECT_EQ(out.exit_code, 0) << out;
    EXPECT_EQ(std::count(out.out.begin(), out.out.end(), '\n'), 60) << out;
    const Finished stats = Winnow({"stats"});
    EXPECT_EQ(stats.exit_code, 0) << stats;
    EXPECT_THAT(stats.out, HasSubstr("base"));
  }
  // Overwrites what RocksDB needs first.
  void DamageDatabase(const std::string& name) const {
    for (const fs::directory_entry& entry : fs::directory_iterator(scratch_ / ("data/" + name))) {
      if (absl::StartsWith(entry.path().filename().string(), "MANIFEST"))
        std::ofstream(entry.path(), std::ios::trunc) << "damaged";
    }
  }

  ScratchDirectory scratch_;
  std::string rows_;
};

TEST_F(DamagedDataTest, DbOutAndStatsWorkWhereTheJobsAndEvaluationsAreDamaged) {
  DamageDatabase("jobs/");
  ExpectThatDataCanBeSaved();
  const Finished models = Winnow({"models", "list"});
  EXPECT_NE(models.exit_code, 0) << models;
  EXPECT_THAT(models.err, HasSubstr("TrainingService could not be opened"));
  EXPECT_THAT(models.err, HasSubstr("data/jobs"));
  DamageDatabase("evaluations/");
  ExpectThatDataCanBeSaved();
}

TEST_F(DamagedDataTest, DbOutAndStatsWorkWhereAFileIsInThePlaceOfADirectory) {
  for (const std::string name : {"evaluations", "jobs", "models"}) {
    const fs::path part = scratch_ / ("data/" + name);
    fs::remove_all(part);
    std::ofstream(part) << "no directory";
    ExpectThatDataCanBeSaved();
    const auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << name << ": " << server.status();
    const bool is_evaluation = name == "evaluations";
    const absl::Status failed =
        is_evaluation ? cli::Call((*server)->session().evaluation(),
                                  &evaluation::v1::EvaluationService::Stub::ListComparisons, {})
                            .status()
                      : cli::Call((*server)->session().training(),
                                  &training::v1::TrainingService::Stub::ListModels, {})
                            .status();
    EXPECT_THAT(std::string(failed.message()),
                AllOf(HasSubstr(is_evaluation ? "EvaluationService could not be opened"
                                              : "TrainingService could not be opened"),
                      HasSubstr("data/" + name)));
    fs::remove(part);
  }
}

TEST_F(DamagedDataTest, DbOutAndStatsWorkWhereModelsAreDamaged) {
  ASSERT_EQ(Train().exit_code, 0);
  const std::string version = scratch_ / "data/models/titles/1/";
  std::ofstream(version + "manifest.json", std::ios::trunc) << std::string(100'000, '[');
  std::ofstream(version + "lineage.json", std::ios::trunc) << std::string(100'000, '[');
  ExpectThatDataCanBeSaved();
  const Finished models = Winnow({"models", "list"});
  EXPECT_EQ(models.exit_code, 0) << models;
  EXPECT_THAT(models.out, HasSubstr("titles@1: manifest.json: is nested deeper than 64"));
}

TEST_F(DamagedDataTest, CtrlCInATrainingWithoutAServerEndsItForGood) {
  // So many that the training goes on for a while.
  std::string many;
  for (int i = 0; i < 30'000; ++i) {
    absl::StrAppend(&many, R"({"text": "Nurse )", i,
                    R"( wanted", "spans": [{"start": 0, "end": 5, "label": ")", kJobTitle,
                    "\"}]}\n");
  }
  const Finished imported =
      Winnow({"db-in", "many", *scratch_.Write("many.jsonl", many), "--complete"});
  ASSERT_EQ(imported.exit_code, 0) << imported;

  ChildProcess training([&] {
    std::vector<std::string> words = OnData(
        {"ner.batch-train", "many", "blank:en", "-o", "titles", "-l", kJobTitle, "-n", "1000"});
    words.insert(words.begin(), Program("winnow"));
    return words;
  }());
  // The job has begun.
  const auto started = training.AwaitLine("reading");
  ASSERT_TRUE(started.ok()) << started.status();
  training.Signal(SIGINT);
  EXPECT_EQ(training.Wait().value_or(-1), 130);
  const auto server = WinnowServer::Start(scratch_ / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  const auto jobs = cli::Call((*server)->session().training(),
                              &training::v1::TrainingService::Stub::ListTrainingJobs, {});
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  ASSERT_EQ(jobs->jobs_size(), 1);
  EXPECT_EQ(training::v1::JobState_Name(jobs->jobs(0).state()), "JOB_STATE_CANCELLED");
}

}  // namespace
}  // namespace winnow::integration

// A version that the gate is undecided about: people are asked what it predicts and its predecessor
// does not, and the gate is asked again.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/testing/json_command.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

class CandidateTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto complete = annotation::v1::COVERAGE_COMPLETE;
    const auto import = [&](const std::string& dataset, const std::string& file, size_t lines) {
      const auto rows = ExampleLines(file, lines);
      ASSERT_TRUE(rows.ok()) << rows.status();
      ASSERT_TRUE(ImportDataset(server_->session(), dataset, *rows, complete).ok());
    };
    import("base", "job_titles_gold.jsonl", 40);
    import("truth", "job_titles_raw_gold.jsonl", 1500);
    raw_ = *scratch_.Write("raw.jsonl", *ExampleLines("job_titles_raw.jsonl", 1500));
    ASSERT_TRUE(Train(server_->session(), TrainingSpecOf("base", "blank:en", "titles")).ok());
  }

  // Versions whose audit questions are among the answers.
  std::set<std::string> Teach(int num_answers) const {
    RunJson(*server_, {"ner.teach", "answers", "titles", raw_, "-l", kJobTitle, "--oracle", "truth",
                       "--answers", absl::StrCat(num_answers), "--audit-share", "0.3"});
    std::set<std::string> versions;
    const auto log = ListLog(server_->session(), "answers");
    EXPECT_TRUE(log.ok()) << log.status();
    for (const annotation::v1::LogEntry& entry : *log) {
      if (entry.answer().strategy() == "audit") versions.insert(entry.answer().model_version());
    }
    return versions;
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
  std::string raw_;
};

TEST_F(CandidateTest, IsAskedAboutAndJudgedAgain) {
  EXPECT_EQ(Teach(100), std::set<std::string>{"titles@1"});
  const nlohmann::json trained =
      RunJson(*server_, {"ner.batch-train", "answers", "titles", "-l", kJobTitle, "-o", "titles"});
  ASSERT_EQ(trained["job"]["report"]["gate"]["verdict"], "GATE_VERDICT_UNDECIDED") << trained;

  const std::set<std::string> both = {"titles@1", "titles@2"};
  EXPECT_EQ(Teach(200), both);
  const nlohmann::json judged = RunJson(*server_, {"models", "judge", "titles"});
  const nlohmann::json& report = judged["job"]["report"];
  EXPECT_EQ(report["model_version"], "titles@2");
  EXPECT_EQ(report["gate"]["compared_with"], "titles@1");
  const auto spans = [](const nlohmann::json& job) {
    return std::stoi(job["job"]["report"]["gate"]["measurement"]["num_spans"].get<std::string>());
  };
  EXPECT_GE(spans(judged), spans(trained) + 40) << judged;
  EXPECT_GE(spans(judged), 50);
}

}  // namespace
}  // namespace winnow::integration

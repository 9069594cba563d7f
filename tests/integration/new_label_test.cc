// A new label taught on a model that knows others: patterns ask, the answers teach, the others
// stay.
#include <memory>
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

// "Nurse number 7 wanted in Paris", completely annotated: job titles, and places if asked for.
std::string Rows(size_t begin, size_t end, bool with_place) {
  const std::vector<std::string> jobs = {"Nurse", "Driver", "Cook", "Baker", "Waiter"};
  const std::vector<std::string> places = {"Paris", "London", "Rome", "Berlin", "Madrid", "Oslo"};
  std::string rows;
  for (size_t i = begin; i < end; ++i) {
    const std::string& job = jobs[i % jobs.size()];
    const std::string& place = places[i % places.size()];
    const std::string text = absl::StrCat(job, " number ", i, " wanted in ", place);
    absl::StrAppend(&rows, R"({"text": ")", text, R"(", "spans": [{"start": 0, "end": )",
                    job.size(), R"(, "label": "job_title"})");
    if (with_place) {
      absl::StrAppend(&rows, R"(, {"start": )", text.size() - place.size(), R"(, "end": )",
                      text.size(), R"(, "label": "place"})");
    }
    absl::StrAppend(&rows, "]}\n");
  }
  return rows;
}

class NewLabelTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = WinnowServer::Start(scratch_ / "data");
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto complete = annotation::v1::COVERAGE_COMPLETE;
    ASSERT_TRUE(ImportDataset(server_->session(), "base", Rows(0, 150, false), complete).ok());
    ASSERT_TRUE(
        ImportDataset(server_->session(), "pool_gold", Rows(1000, 1200, true), complete).ok());
    ASSERT_TRUE(ImportDataset(server_->session(), "test", Rows(2000, 2200, true), complete).ok());
    const auto report = Train(server_->session(), TrainingSpecOf("base", "blank:en", "titles"));
    ASSERT_TRUE(report.ok()) << report.status();
  }

  double F1(const std::string& model, const std::string& label) const {
    return RunJson(*server_, {"ner.evaluate", model, "test", "-l", label})["figure"]["f1"]["value"];
  }

  ScratchDirectory scratch_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(NewLabelTest, PatternsTeachItOnAModelAndTheOtherLabelsAreKept) {
  const std::string patterns = *scratch_.Write(
      "patterns.jsonl",
      R"({"label":"place","pattern":[{"LOWER":{"IN":["paris","london","rome"]}}]})");
  const std::string texts = *scratch_.Write("pool.jsonl", Rows(1000, 1200, false));
  const double before = F1("titles", "job_title");

  const nlohmann::json taught =
      RunJson(*server_, {"ner.teach", "places", "titles", texts, "-l", "place", "-pt", patterns,
                         "--oracle", "pool_gold", "--answers", "80"});
  EXPECT_EQ(taught["session"]["answers"], 80);
  bool model_asked = false;
  for (const auto& asked : taught["asked"]) {
    EXPECT_EQ(asked["span"]["label"], "place");
    model_asked |= asked["strategy"] == "uncertainty";
  }
  EXPECT_TRUE(model_asked) << "the answers to the patterns teach the model to ask itself";

  const nlohmann::json trained =
      RunJson(*server_, {"ner.batch-train", "places", "titles", "-l", "place", "-o", "titles"});
  const std::string version = trained["job"]["report"]["model_version"];
  EXPECT_EQ(version, "titles@2");
  EXPECT_GT(F1(version, "place"), 0.9);
  EXPECT_GE(F1(version, "job_title"), before - 0.01);
}

}  // namespace
}  // namespace winnow::integration

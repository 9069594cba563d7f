// Settings are chosen on one half of the hold-out texts and reported on the other.
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

// "Nurse <n> wanted", one entity in each.
std::string Rows(size_t begin, size_t end) {
  std::string rows;
  for (size_t i = begin; i < end; ++i) {
    absl::StrAppend(&rows, R"({"text": "Nurse )", i,
                    R"( wanted", "spans": [{"start": 0, "end": 5, "label": "job_title"}]})", "\n");
  }
  return rows;
}

TEST(SettingsTest, AreChosenOnOneHalfOfTheHoldoutAndReportedOnTheOther) {
  ScratchDirectory scratch;
  auto server = WinnowServer::Start(scratch / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  Session& session = (*server)->session();
  ASSERT_TRUE(ImportDataset(session, "base", Rows(0, 50), annotation::v1::COVERAGE_COMPLETE).ok());
  ASSERT_TRUE(
      ImportDataset(session, "more", Rows(50, 2050), annotation::v1::COVERAGE_COMPLETE).ok());
  const auto base = Train(session, TrainingSpecOf("base", "blank:en", "titles"));
  ASSERT_TRUE(base.ok()) << base.status();
  EXPECT_EQ(base->settings().trials_size(), 0);
  const auto report = Train(session, TrainingSpecOf("more", "titles", "titles"));
  ASSERT_TRUE(report.ok()) << report.status();
  const training::v1::SettingsReport& settings = report->settings();
  EXPECT_EQ(settings.trials_size(), 3);
  EXPECT_GE(settings.num_spans(), 150u);
  ASSERT_FALSE(report->after().empty());
  // Those of the data set behind the parent report, too.
  EXPECT_EQ(report->after(0).num_items() + settings.num_texts(),
            report->num_holdout_texts() + base->num_holdout_texts());
}

}  // namespace
}  // namespace winnow::integration

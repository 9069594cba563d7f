// A training that says nothing of some of its parent's labels leaves them as they are.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "gtest/gtest.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

// "Nurse <n> wanted in Paris", of which each entity is marked with a probability, "place" only if
// asked for.
std::string Rows(size_t begin, size_t end, double marked, bool with_place) {
  Random random(begin + 1);
  std::string rows;
  for (size_t i = begin; i < end; ++i) {
    const std::string text = absl::StrCat("Nurse ", i, " wanted in Paris");
    std::string spans;
    if (random.Uniform() < marked) spans = R"({"start": 0, "end": 5, "label": "job_title"})";
    if (with_place && random.Uniform() < marked) {
      absl::StrAppend(&spans, spans.empty() ? "" : ", ", R"({"start": )", text.size() - 5,
                      R"(, "end": )", text.size(), R"(, "label": "place"})");
    }
    absl::StrAppend(&rows, R"({"text": ")", text, R"(", "spans": [)", spans, "]}\n");
  }
  return rows;
}

// As many of their spans are predicted as before, at another temperature.
TEST(UntaughtLabelsTest, KeepTheirThresholds) {
  ScratchDirectory scratch;
  auto server = WinnowServer::Start(scratch / "data");
  ASSERT_TRUE(server.ok()) << server.status();
  Session& session = (*server)->session();
  const auto train = [&](const std::string& dataset, const std::string& parent, bool with_place) {
    training::v1::TrainingSpec spec = TrainingSpecOf(dataset, parent, "titles");
    if (with_place) spec.add_labels("place");
    const auto report = Train(session, spec);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(training::v1::TrainingReport());
  };
  const auto complete = annotation::v1::COVERAGE_COMPLETE;
  // Half of the entities are missing at random, so that no threshold near 1/2 pays.
  ASSERT_TRUE(ImportDataset(session, "base", Rows(0, 200, 0.5, true), complete).ok());
  ASSERT_TRUE(ImportDataset(session, "more", Rows(200, 400, 1, false), complete).ok());
  const auto base = train("base", "blank:en", true);
  const auto taught = train("more", base.model_version(), false);
  ASSERT_EQ(base.thresholds().size(), 2u);
  ASSERT_EQ(taught.thresholds().size(), 2u);
  EXPECT_NEAR(taught.thresholds().at("place"), base.thresholds().at("place"), 0.05);
  EXPECT_NE(taught.thresholds().at("job_title"), base.thresholds().at("job_title"));
}

}  // namespace
}  // namespace winnow::integration

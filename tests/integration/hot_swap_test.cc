// Versions are promoted in turn under traffic: no request fails, and every reply names its version.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/standalone/standalone.h"
#include "tests/testing/predict_load.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

constexpr uint64_t kPromotions = 50;
constexpr size_t kConnections = 8;

// Version 1 of the model "titles" serves; versions 2 to 1 + kPromotions are other versions of the
// same weights.
absl::Status MakeVersions(Session& session) {
  WINNOW_ASSIGN_OR_RETURN(const std::string base, ExampleLines("job_titles_gold.jsonl", 60));
  WINNOW_RETURN_IF_ERROR(
      ImportDataset(session, "base", base, annotation::v1::COVERAGE_COMPLETE).status());
  WINNOW_RETURN_IF_ERROR(Train(session, TrainingSpecOf("base", "blank:en", "titles")).status());
  WINNOW_ASSIGN_OR_RETURN(const ModelFiles files, ExportModel(session, "titles@1"));
  for (uint64_t number = 2; number <= 1 + kPromotions; ++number) {
    WINNOW_ASSIGN_OR_RETURN(
        const training::v1::ModelVersion version,
        ImportModel(session, "titles", CopyMadeLater(files, static_cast<int64_t>(number))));
    if (version.name() != absl::StrCat("titles@", number))
      return absl::InternalError(version.name());
  }
  return absl::OkStatus();
}

TEST(HotSwap, NoRequestFailsAndEachVersionIsSeen) {
  const ScratchDirectory scratch;
  const auto services =
      standalone::Standalone::Start({.data_dir = scratch.path(), .address = "127.0.0.1:0"});
  ASSERT_TRUE(services.ok()) << services.status();
  Session session((*services)->channel());
  ASSERT_EQ(MakeVersions(session), absl::OkStatus());
  const std::string address = absl::StrCat("127.0.0.1:", (*services)->port());
  {
    PredictLoad load(address, kConnections, "titles",
                     {"Senior Nurse - London", "Chef de Partie, part time", "Apply now"});
    ASSERT_LT(load.AwaitVersion(1, absl::Minutes(1)), absl::InfiniteDuration());
    for (uint64_t number = 2; number <= 1 + kPromotions; ++number) {
      const auto promoted = Promote(session, absl::StrCat("titles@", number));
      ASSERT_TRUE(promoted.ok()) << promoted.status();
      ASSERT_LT(load.AwaitVersion(number, absl::Minutes(1)), absl::InfiniteDuration())
          << "version " << number;
    }
    const PredictLoad::Block block = load.TakeBlock();
    EXPECT_THAT(block.failures, testing::IsEmpty());
    EXPECT_GE(block.latencies.size(), kConnections * kPromotions);
  }
  // The same verb, backwards.
  training::v1::RollbackModelRequest rollback;
  rollback.set_request_id(cli::NewRequestId());
  rollback.set_model("titles");
  ASSERT_TRUE(
      cli::Call(session.training(), &training::v1::TrainingService::Stub::RollbackModel, rollback)
          .ok());
  const std::string before = absl::StrCat("titles@", kPromotions);
  std::string seen;
  for (int i = 0; i < 1000 && seen != before; ++i) {
    const auto reply = Predict(session, "titles", {"Senior Nurse"});
    ASSERT_TRUE(reply.ok()) << reply.status();
    seen = reply->model_version();
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(seen, before);
}

}  // namespace
}  // namespace winnow::integration

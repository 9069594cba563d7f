#include "services/training/train_version.h"

#include <unistd.h>

#include <filesystem>

#include "common/jobs/testing.h"
#include "common/models/lineage.h"
#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

// A process that died after it had published a version and before it had moved an alias.
TEST(TrainVersion, AfterARestartAPublishedVersionIsPromotedAndNotMadeAgain) {
  const std::filesystem::path root =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("winnow_train_version_", getpid());
  std::filesystem::remove_all(root);
  const auto publisher = *models::ModelPublisher::Open(root);
  const storage::v1::TrainingSpec spec = MakeSpec();
  jobs::FakeContext context("job-1");
  storage::v1::TrainingReport report;
  report.set_num_texts(5);
  report.mutable_gate()->set_promoted(true);
  report.add_after()->set_num_items(3);
  std::string metrics;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(report, &metrics).ok());
  models::Lineage lineage;
  lineage.spec_json = "{}";
  const std::string of_another_job = lineage.ToJson();
  lineage.job_id = context.job_id();
  const auto publish = [&](const std::string& lineage_json) {
    return publisher
        ->Publish("jobs", absl::UnixEpoch(),
                  {{"model.bin", measure::GoodModel()->Serialize()},
                   {"lineage.json", lineage_json},
                   {"metrics.json", metrics}})
        ->ToString();
  };
  ASSERT_EQ(publish(of_another_job), "jobs@1");
  ASSERT_EQ(publish(lineage.ToJson()), "jobs@2");

  const TrainingEnvironment environment{
      publisher.get(), [] { return absl::InternalError("the corpus is not needed"); }, nullptr,
      &SystemClock::Get()};
  for (int repetition = 0; repetition < 2; ++repetition) {
    const absl::StatusOr<storage::v1::TrainingReport> again =
        TrainVersion(environment, spec, context);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->model_version(), "jobs@2");
    EXPECT_EQ(again->after(0).model_version(), "jobs@2");
    EXPECT_EQ(again->num_texts(), 5u);
    EXPECT_EQ(publisher->store().Resolve("jobs").value_or(models::VersionName()).ToString(),
              "jobs@2");
    EXPECT_THAT(publisher->store().ListVersions("jobs"), testing::ElementsAre(1, 2));
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace winnow::training

#include "services/training/published_versions.h"

#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/models/lineage.h"
#include "common/training/testing.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

class PublishedVersionsTest : public testing::Test {
 protected:
  PublishedVersionsTest()
      : root_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("winnow_published_versions_", getpid())) {
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
  }
  ~PublishedVersionsTest() override { std::filesystem::remove_all(root_); }

  void Publish(const std::string& model, const std::string& job_id, const std::string& gate_sample,
               const std::string& metrics_json = "{}") {
    models::Lineage lineage;
    lineage.job_id = job_id;
    lineage.gate_sample = gate_sample;
    lineage.spec_json = "{}";
    const auto version = publisher_->Publish(model, absl::UnixEpoch(),
                                             {{"model.bin", measure::GoodModel()->Serialize()},
                                              {"lineage.json", lineage.ToJson()},
                                              {"metrics.json", metrics_json}});
    ASSERT_TRUE(version.ok()) << version.status();
  }
  const models::ModelStore& store() const { return publisher_->store(); }

  const std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
};

TEST_F(PublishedVersionsTest, AVersionIsFoundByTheJobThatMadeIt) {
  Publish("jobs", "job-1", "", R"({"num_texts": "3"})");
  Publish("jobs", "job-2", "", R"({"num_texts": "5"})");
  Publish("places", "job-3", "");
  const auto found = FindPublished(store(), "jobs", "job-2");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name.ToString(), "jobs@2");
  EXPECT_EQ(found->report.num_texts(), 5u);
  EXPECT_FALSE(FindPublished(store(), "jobs", "job-3").has_value());
  EXPECT_FALSE(FindPublished(store(), "unknown", "job-1").has_value());
}

TEST_F(PublishedVersionsTest, TriesOnASampleAreCountedOverAllModels) {
  Publish("jobs", "job-1", "sample");
  Publish("places", "job-2", "sample");
  Publish("jobs", "job-3", "another");
  EXPECT_EQ(CountGateSamples(store(), "sample", ""), 2);
  EXPECT_EQ(CountGateSamples(store(), "sample", "jobs@1"), 1);
  EXPECT_EQ(CountGateSamples(store(), "another", ""), 1);
  EXPECT_EQ(CountGateSamples(store(), "new", ""), 0);
}

}  // namespace
}  // namespace winnow::training

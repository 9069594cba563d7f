#include "services/training/succession.h"

#include <unistd.h>

#include <filesystem>

#include "common/models/lineage.h"
#include "common/training/testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::training {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WhyNoSuccessorTest : public testing::Test {
 protected:
  WhyNoSuccessorTest()
      : root_(std::filesystem::path(testing::TempDir()) /
              absl::StrCat("winnow_succession_", getpid())) {
    std::filesystem::remove_all(root_);
    publisher_ = *models::ModelPublisher::Open(root_);
  }
  ~WhyNoSuccessorTest() override { std::filesystem::remove_all(root_); }

  // A version made from the data set and from a parent, which may be empty.
  models::VersionName Publish(const std::string& model, const std::string& dataset,
                              const std::string& parent = "", const std::string& corpus = "c") {
    models::Lineage lineage;
    lineage.job_id = absl::StrCat("job-", ++num_jobs_);
    lineage.database_id = corpus;
    lineage.datasets = {dataset};
    lineage.spec_json = "{}";
    lineage.parent = parent;
    if (!parent.empty()) {
      const models::ModelStore& store = publisher_->store();
      lineage.parent_digest = *store.GetDigest(*store.Resolve(parent));
    }
    return *publisher_->Publish(
        model, absl::UnixEpoch(),
        {{"model.bin", measure::GoodModel()->Serialize()}, {"lineage.json", lineage.ToJson()}});
  }
  std::string Why(const models::VersionName& serving, const std::string& parent,
                  const std::string& dataset, std::vector<std::string> labels = {"job", "place"}) {
    storage::v1::TrainingSpec spec;
    spec.add_datasets(dataset);
    return WhyNoSuccessor(publisher_->store(), serving, {"job", "place"},
                          {&spec, parent, std::move(labels), "c"});
  }

  const std::filesystem::path root_;
  std::unique_ptr<models::ModelPublisher> publisher_;
  int num_jobs_ = 0;
};

TEST_F(WhyNoSuccessorTest, ChildrenAndSiblingsSucceed) {
  const models::VersionName root = Publish("ner", "a");
  const models::VersionName child = Publish("ner", "b", "ner@1");
  EXPECT_THAT(Why(root, "ner@1", "new"), IsEmpty());
  EXPECT_THAT(Why(child, "ner@2", "new"), IsEmpty());
  EXPECT_THAT(Why(child, "ner@1", "new"), IsEmpty());
  EXPECT_THAT(Why(root, "ner@2", "new"), IsEmpty());
}

TEST_F(WhyNoSuccessorTest, TheSameDataSetAnewSucceeds) {
  Publish("ner", "a");
  const models::VersionName child = Publish("ner", "b", "ner@1");
  EXPECT_THAT(Why(child, "", "a"), IsEmpty());
  EXPECT_THAT(Why(child, "", "c"), HasSubstr("ner@2 serves and is another model, made from a, b, "
                                             "not from c"));
  // A data set of that name in another corpus is another one.
  EXPECT_THAT(Why(Publish("far", "a", "", "elsewhere"), "", "a"), HasSubstr("another model"));
}

TEST_F(WhyNoSuccessorTest, AModelOfAnotherLineageDoesNot) {
  const models::VersionName mine = Publish("ner", "a");
  Publish("other", "b");
  EXPECT_THAT(Why(mine, "other@1", "b"), HasSubstr("another model"));
}

TEST_F(WhyNoSuccessorTest, ALostLabelIsNamed) {
  const models::VersionName serving = Publish("ner", "a");
  EXPECT_EQ(Why(serving, "ner@1", "a", {"job"}),
            "ner@1 serves and knows place, which the new version does not");
}

TEST_F(WhyNoSuccessorTest, AParentWhoseNameIsTakenByAnotherIsNoParent) {
  Publish("ner", "a");
  const models::VersionName child = Publish("ner", "b", "ner@1");
  std::filesystem::remove_all(root_ / "ner" / "1");
  std::filesystem::copy(root_ / "ner" / "2", root_ / "ner" / "1");
  EXPECT_THAT(Why(child, "", "a"), HasSubstr("made from b"));
}

}  // namespace
}  // namespace winnow::training

#include "services/training/job_store.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/testing.h"

namespace winnow::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::TrainingJob JobNamed(const std::string& id) {
  v1::TrainingJob job;
  job.set_id(id);
  return job;
}

std::vector<std::string> IdsOf(const absl::StatusOr<std::vector<v1::TrainingJob>>& jobs) {
  std::vector<std::string> ids;
  for (const v1::TrainingJob& job : *jobs) ids.push_back(job.id());
  return ids;
}

TEST(JobStore, KeepsTheLastStateOfAJob) {
  JobStore store(std::make_unique<kv::MemoryStore>());
  EXPECT_EQ(ReasonOf(store.Get("a").status()), "UNKNOWN_JOB");
  v1::TrainingJob job = JobNamed("a");
  ASSERT_TRUE(store.Put(job).ok());
  job.set_state(v1::JOB_STATE_FAILED);
  ASSERT_TRUE(store.Put(job).ok());
  EXPECT_EQ(store.Get("a")->state(), v1::JOB_STATE_FAILED);
}

TEST(JobStore, ListsTheNewestFirstPageByPage) {
  JobStore store(std::make_unique<kv::MemoryStore>());
  EXPECT_THAT(IdsOf(store.List("", 10)), IsEmpty());
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(store.Put(JobNamed(id)).ok());
  ASSERT_TRUE(store.Once("request", "", [] { return std::string("not a job"); }).ok());
  EXPECT_THAT(IdsOf(store.List("", 2)), ElementsAre("c", "b"));
  EXPECT_THAT(IdsOf(store.List("b", 2)), ElementsAre("a"));
}

// Counts how often it runs.
struct Work {
  absl::StatusOr<std::string> operator()() {
    ++runs;
    if (!status.ok()) return status;
    return absl::StrCat("reply ", runs);
  }
  int runs = 0;
  absl::Status status;
};

TEST(JobStoreOnce, TheSameRequestRunsOnce) {
  JobStore store(std::make_unique<kv::MemoryStore>());
  Work work;
  EXPECT_EQ(*store.Once("r", "body", std::ref(work)), "reply 1");
  EXPECT_EQ(*store.Once("r", "body", std::ref(work)), "reply 1");
  EXPECT_EQ(*store.Once("other", "body", std::ref(work)), "reply 2");
  const absl::Status reused = store.Once("r", "another body", std::ref(work)).status();
  EXPECT_TRUE(absl::IsAlreadyExists(reused));
  EXPECT_EQ(ReasonOf(reused), "REQUEST_ID_REUSED");
  EXPECT_EQ(work.runs, 2);
}

TEST(JobStoreOnce, WithoutAnIdItRunsAlways) {
  JobStore store(std::make_unique<kv::MemoryStore>());
  Work work;
  EXPECT_EQ(*store.Once("", "body", std::ref(work)), "reply 1");
  EXPECT_EQ(*store.Once("", "body", std::ref(work)), "reply 2");
}

TEST(JobStoreOnce, AFailureIsNotKept) {
  JobStore store(std::make_unique<kv::MemoryStore>());
  Work work{.status = absl::UnavailableError("later")};
  EXPECT_TRUE(absl::IsUnavailable(store.Once("r", "body", std::ref(work)).status()));
  work.status = absl::OkStatus();
  EXPECT_EQ(*store.Once("r", "body", std::ref(work)), "reply 2");
}

// Cannot be read.
class UnreadableStore final : public kv::Store {
 public:
  absl::StatusOr<std::string> Get(absl::string_view) const override {
    return absl::DataLossError("damaged");
  }
  std::unique_ptr<kv::Iterator> Scan(const kv::Range& range,
                                     kv::Direction direction) const override {
    return kv::MemoryStore().Scan(range, direction);
  }
  absl::Status Write(const kv::Batch&) override { return absl::OkStatus(); }
};

TEST(JobStoreOnce, WhereNobodyKnowsWhetherItRanBeforeItDoesNotRun) {
  JobStore store(std::make_unique<UnreadableStore>());
  Work work;
  EXPECT_TRUE(absl::IsDataLoss(store.Once("r", "body", std::ref(work)).status()));
  EXPECT_EQ(work.runs, 0);
}

}  // namespace
}  // namespace winnow::training

#include "common/jobs/job_store.h"

#include "common/base/status.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobStoreTest : public testing::Test {
 protected:
  void Add(const std::string& id, const std::string& input = "") {
    Job job;
    job.set_id(id);
    job.set_state(storage::v1::JOB_STATE_QUEUED);
    kv::Batch batch;
    ASSERT_TRUE(JobStore::Add(job, input, batch).ok());
    ASSERT_TRUE(database_.Write(batch).ok());
  }
  void SetState(const std::string& id, storage::v1::JobState state) {
    Job job = *store_.Get(id);
    job.set_state(state);
    ASSERT_TRUE(store_.Put(job).ok());
  }

  kv::MemoryStore database_;
  JobStore store_{database_};
};

std::vector<std::string> IdsOf(const absl::StatusOr<std::vector<Job>>& jobs) {
  std::vector<std::string> ids;
  for (const Job& job : *jobs) ids.push_back(job.id());
  return ids;
}

TEST_F(JobStoreTest, KeepsTheLastStateOfAJob) {
  EXPECT_EQ(ReasonOf(store_.Get("a").status()), "UNKNOWN_JOB");
  Add("a");
  SetState("a", storage::v1::JOB_STATE_FAILED);
  EXPECT_EQ(store_.Get("a")->state(), storage::v1::JOB_STATE_FAILED);
}

TEST_F(JobStoreTest, ListsTheNewestFirstPageByPage) {
  EXPECT_THAT(IdsOf(store_.List("", 10)), IsEmpty());
  for (const char* id : {"a", "b", "c"}) Add(id);
  kv::Batch other;
  other.Put("request/r", "not a job");
  ASSERT_TRUE(database_.Write(other).ok());
  EXPECT_THAT(IdsOf(store_.List("", 2)), ElementsAre("c", "b"));
  EXPECT_THAT(IdsOf(store_.List("b", 2)), ElementsAre("a"));
}

TEST_F(JobStoreTest, TheInputIsKeptUntilTheJobEnds) {
  Add("a", "a large file");
  SetState("a", storage::v1::JOB_STATE_RUNNING);
  EXPECT_EQ(*store_.GetInput("a"), "a large file");
  SetState("a", storage::v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(absl::IsNotFound(store_.GetInput("a").status()));
}

TEST_F(JobStoreTest, ListsTheOpenJobsOldestFirst) {
  for (const char* id : {"c", "a", "b", "d"}) Add(id);
  SetState("a", storage::v1::JOB_STATE_RUNNING);
  SetState("b", storage::v1::JOB_STATE_CANCELLED);
  EXPECT_THAT(IdsOf(store_.ListOpen()), ElementsAre("a", "c", "d"));
}

TEST_F(JobStoreTest, ADamagedRecordIsToldAsAFailedJobAndHidesNoOther) {
  for (const char* id : {"a", "b", "c"}) Add(id);
  kv::Batch damage;
  damage.Put("job/b", "\xff");
  damage.Put("job/c", *database_.Get("job/a"));
  damage.Put("input/d", "of no job");
  ASSERT_TRUE(database_.Write(damage).ok());
  EXPECT_THAT(IdsOf(store_.List("", 10)), ElementsAre("c", "b", "a"));
  EXPECT_THAT(IdsOf(store_.ListOpen()), ElementsAre("a", "b", "c", "d"));
  for (const char* id : {"b", "c"}) {
    const absl::StatusOr<Job> job = store_.Get(id);
    ASSERT_TRUE(job.ok()) << job.status();
    EXPECT_EQ(job->state(), storage::v1::JOB_STATE_FAILED);
    EXPECT_EQ(job->error_code(), static_cast<uint32_t>(absl::StatusCode::kDataLoss));
    EXPECT_THAT(job->error_message(), testing::HasSubstr("damaged"));
  }
}

TEST_F(JobStoreTest, AJobThatCouldNotBeReadAgainIsNotWritten) {
  Add("a");
  Job job = *store_.Get("a");
  job.set_error_message("unknown label \xff");
  EXPECT_EQ(store_.Put(job).code(), absl::StatusCode::kInvalidArgument);
  kv::Batch batch;
  EXPECT_FALSE(JobStore::Add(job, "", batch).ok());
  EXPECT_THAT(batch.changes(), IsEmpty());
  EXPECT_EQ(store_.Get("a")->state(), storage::v1::JOB_STATE_QUEUED);
}

}  // namespace
}  // namespace winnow::jobs

// Jobs that wait for what may come, and records of jobs that nobody can read.
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/jobs/job_runner.h"
#include "common/jobs/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;
using storage::v1::JobState;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class JobWaitingTest : public testing::Test {
 protected:
  // Jobs that wait try again only when they are told to.
  void Start(std::chrono::milliseconds first_retry = std::chrono::hours(1)) {
    runner_.reset();
    RunnerOptions options;
    options.first_retry = first_retry;
    options.max_retry = first_retry;
    options.log = [this](LogLevel, absl::string_view message) {
      MutexLock lock(log_mutex_);
      log_.emplace_back(message);
    };
    runner_ = *JobRunner::Start(store_, once_, clock_, {work_.kind()}, options);
  }
  Job Create(const std::string& request_id = "") {
    return *runner_->Create({"", "Create", request_id, "body"}, {"work", "payload", "input"});
  }
  Job WaitFor(const std::string& id, JobState state) {
    Job job = *runner_->Get(id);
    while (job.state() != state && !HasEnded(job))
      job = *runner_->WaitForChange(job, absl::Seconds(1));
    EXPECT_EQ(job.state(), state) << job.DebugString();
    return job;
  }
  std::vector<std::string> log() {
    MutexLock lock(log_mutex_);
    return log_;
  }

  FakeClock clock_;
  kv::MemoryStore database_;
  JobStore store_{database_};
  kv::Once once_{database_, clock_, kv::ReplyLog("request/", "reply/")};
  FakeWork work_;
  Mutex log_mutex_;
  std::vector<std::string> log_ WINNOW_GUARDED_BY(log_mutex_);
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobWaitingTest, AJobWaitsForAServiceThatIsNotUpYetAndSaysSo) {
  Start();
  work_.End(WithReason(absl::UnavailableError("annotation is not up"), "NOT_UP"));
  const std::string id = Create().id();
  const Job waiting = WaitFor(id, storage::v1::JOB_STATE_WAITING);
  EXPECT_EQ(waiting.error_message(), "annotation is not up");
  EXPECT_EQ(waiting.error_reason(), "NOT_UP");
  EXPECT_EQ(waiting.num_starts(), 0u) << "such a run counts as a crash";
  EXPECT_EQ(store_.Get(id)->state(), storage::v1::JOB_STATE_WAITING);
  EXPECT_THAT(log(), Contains(HasSubstr("(work) waits 3600000 ms: annotation is not up")));
  EXPECT_THAT(work_.started(), ElementsAre(id));
}

TEST_F(JobWaitingTest, ItRunsByItselfWhenTheServiceHasCome) {
  Start(std::chrono::milliseconds(1));
  work_.End(absl::UnavailableError("annotation is not up"));
  const std::string id = Create().id();
  while (work_.started().size() <= kMaxStarts + 2) WaitFor(id, storage::v1::JOB_STATE_WAITING);
  work_.End("result");
  const Job ended = WaitFor(id, storage::v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.result(), "result");
  EXPECT_EQ(ended.error_message(), "");
}

TEST_F(JobWaitingTest, ARepeatedRequestOrARestartTriesAtOnce) {
  Start();
  work_.End(absl::UnavailableError("annotation is not up"));
  const std::string id = Create("r1").id();
  WaitFor(id, storage::v1::JOB_STATE_WAITING);
  EXPECT_EQ(Create("r1").id(), id);
  while (work_.started().size() < 2) WaitFor(id, storage::v1::JOB_STATE_WAITING);
  WaitFor(id, storage::v1::JOB_STATE_WAITING);
  work_.End("");
  Start();
  WaitFor(id, storage::v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(work_.started(), ElementsAre(id, id, id));
}

TEST_F(JobWaitingTest, AWaitingJobIsCancelledAtOnce) {
  Start();
  work_.End(absl::UnavailableError("annotation is not up"));
  const std::string id = Create().id();
  WaitFor(id, storage::v1::JOB_STATE_WAITING);
  EXPECT_EQ(runner_->Cancel(id)->state(), storage::v1::JOB_STATE_CANCELLED);
  Start();
  EXPECT_EQ(runner_->Get(id)->state(), storage::v1::JOB_STATE_CANCELLED);
  EXPECT_THAT(work_.started(), SizeIs(1));
}

TEST_F(JobWaitingTest, ADamagedRecordStopsNothing) {
  Start();
  work_.End(absl::UnavailableError("so that its input stays"));
  const std::string damaged = Create().id(), sound = Create().id();
  WaitFor(sound, storage::v1::JOB_STATE_WAITING);
  runner_.reset();
  kv::Batch damage;
  damage.Put(absl::StrCat("job/", damaged), "\xff");
  ASSERT_TRUE(database_.Write(damage).ok());
  work_.End("");
  Start();
  WaitFor(sound, storage::v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(runner_->Get(damaged)->state(), storage::v1::JOB_STATE_FAILED);
  EXPECT_THAT(runner_->Get(damaged)->error_message(), HasSubstr("damaged"));
  EXPECT_THAT(*runner_->List("", 10), SizeIs(2));
  EXPECT_THAT(log(), Contains(HasSubstr(absl::StrCat("job ", damaged, " is left out"))));
  EXPECT_THAT(Create().id(), Gt(damaged)) << "ids no longer sort by time";
}

TEST_F(JobWaitingTest, AnErrorThatQuotesWhatIsNoUtf8CanBeReadBack) {
  Start();
  work_.End(absl::InvalidArgumentError("unknown label \"job\xff\""));
  const std::string id = Create().id();
  WaitFor(id, storage::v1::JOB_STATE_FAILED);
  Start();
  EXPECT_EQ(runner_->Get(id)->error_message(), "unknown label \"job\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace winnow::jobs

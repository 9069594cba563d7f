#include "services/training/job_runner.h"

#include <thread>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/testing.h"

namespace winnow::training {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobRunnerTest : public testing::Test {
 protected:
  JobRunnerTest() : store_(std::make_unique<kv::MemoryStore>()) { Restart(); }

  void Restart() {
    runner_.reset();
    runner_ = *JobRunner::Start(store_, clock_, training_.fn());
  }
  // Ids sort by time, and one microsecond has one job.
  v1::TrainingJob Create(const std::string& request_id = "",
                         const v1::TrainingSpec& spec = MakeSpec()) {
    clock_.Advance(absl::Seconds(1));
    v1::CreateTrainingJobRequest request;
    request.set_request_id(request_id);
    *request.mutable_spec() = spec;
    return *runner_->Create(request);
  }
  // Waits until the job is in the state, and has reported progress if it is the running one.
  v1::TrainingJob WaitFor(const std::string& id, v1::JobState state) {
    v1::TrainingJob job = *runner_->Get(id);
    const auto reached = [&] {
      return job.state() == state && (state != v1::JOB_STATE_RUNNING || job.epoch() > 0);
    };
    while (!reached() && !HasEnded(job)) job = *runner_->WaitForChange(job, absl::Seconds(1));
    EXPECT_TRUE(reached()) << job.DebugString();
    return job;
  }

  FakeClock clock_;
  JobStore store_;
  FakeTraining training_;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, AJobIsQueuedRunsAndSucceeds) {
  const v1::TrainingJob created = Create("r1");
  EXPECT_EQ(created.state(), v1::JOB_STATE_QUEUED);
  EXPECT_EQ(created.request_id(), "r1");
  EXPECT_EQ(created.spec().output(), "jobs");
  const v1::TrainingJob running = WaitFor(created.id(), v1::JOB_STATE_RUNNING);
  EXPECT_EQ(running.phase(), "training");
  EXPECT_EQ(running.num_epochs(), 10u);
  EXPECT_EQ(running.loss(), 0.5);
  v1::TrainingReport report;
  report.set_model_version("jobs@1");
  training_.End(report);
  const v1::TrainingJob ended = WaitFor(created.id(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.report().model_version(), "jobs@1");
  EXPECT_EQ(ended.ended().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(store_.Get(created.id())->SerializeAsString(), ended.SerializeAsString());
}

TEST_F(JobRunnerTest, AFailureTellsItsReason) {
  training_.End(
      WithReason(absl::FailedPreconditionError("nothing to train on"), "NOTHING_TO_TRAIN_ON"));
  const v1::TrainingJob job = WaitFor(Create().id(), v1::JOB_STATE_FAILED);
  EXPECT_EQ(job.error(), "nothing to train on");
  EXPECT_EQ(job.error_code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(job.error_reason(), winnow::common::v1::ERROR_REASON_NOTHING_TO_TRAIN_ON);
}

TEST_F(JobRunnerTest, JobsRunOneAfterAnotherInTheOrderOfTheirCreation) {
  const std::string first = Create().id();
  const std::string second = Create().id();
  const std::string third = Create().id();
  WaitFor(first, v1::JOB_STATE_RUNNING);
  EXPECT_EQ(runner_->Get(second)->state(), v1::JOB_STATE_QUEUED);
  EXPECT_THAT(training_.started(), ElementsAre(first));
  training_.End(v1::TrainingReport());
  WaitFor(third, v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(training_.started(), ElementsAre(first, second, third));
}

TEST_F(JobRunnerTest, AQueuedJobIsCancelledAtOnceAndNeverRuns) {
  const std::string running = Create().id();
  const std::string queued = Create().id();
  WaitFor(running, v1::JOB_STATE_RUNNING);
  EXPECT_EQ(runner_->Cancel(queued)->state(), v1::JOB_STATE_CANCELLED);
  EXPECT_EQ(store_.Get(queued)->state(), v1::JOB_STATE_CANCELLED);
  training_.End(v1::TrainingReport());
  WaitFor(running, v1::JOB_STATE_SUCCEEDED);
  Restart();
  EXPECT_THAT(training_.started(), ElementsAre(running));
}

TEST_F(JobRunnerTest, ARunningJobIsCancelledAtItsNextProgress) {
  const std::string id = Create().id();
  const std::string next = Create().id();
  WaitFor(id, v1::JOB_STATE_RUNNING);
  ASSERT_TRUE(runner_->Cancel(id).ok());
  const v1::TrainingJob job = WaitFor(id, v1::JOB_STATE_CANCELLED);
  EXPECT_TRUE(job.has_ended());
  EXPECT_THAT(job.error(), IsEmpty());
  WaitFor(next, v1::JOB_STATE_RUNNING);
}

TEST_F(JobRunnerTest, CancellingAJobThatHasEndedChangesNothing) {
  training_.End(v1::TrainingReport());
  const v1::TrainingJob job = WaitFor(Create().id(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(runner_->Cancel(job.id())->SerializeAsString(), job.SerializeAsString());
  EXPECT_EQ(ReasonOf(runner_->Cancel("no such job").status()), "UNKNOWN_JOB");
}

TEST_F(JobRunnerTest, ARestartRunsAnUnfinishedJobAgain) {
  const std::string id = Create().id();
  const std::string queued = Create().id();
  WaitFor(id, v1::JOB_STATE_RUNNING);
  Restart();
  WaitFor(id, v1::JOB_STATE_RUNNING);
  training_.End(v1::TrainingReport());
  WaitFor(queued, v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(training_.started(), ElementsAre(id, id, queued));
  Restart();
  EXPECT_EQ(runner_->Get(id)->state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_THAT(training_.started(), SizeIs(3));
}

TEST_F(JobRunnerTest, AJobCancelledWhenTheProcessStopsDoesNotRunAgain) {
  const std::string id = Create().id();
  WaitFor(id, v1::JOB_STATE_RUNNING);
  training_.SetDeaf(true);
  ASSERT_TRUE(runner_->Cancel(id).ok());
  std::thread stop([this] { runner_.reset(); });
  // The runner is stopping before the job hears of anything (or, on a slow machine, not yet: then
  // this proves nothing).
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  training_.SetDeaf(false);
  stop.join();
  EXPECT_EQ(store_.Get(id)->state(), v1::JOB_STATE_CANCELLED);
}

TEST_F(JobRunnerTest, ARepeatedRequestReturnsTheJobMadeFirst) {
  const v1::TrainingJob job = Create("r1");
  EXPECT_NE(Create("r2").id(), job.id());
  EXPECT_EQ(Create("r1").id(), job.id());
  EXPECT_NE(Create("").id(), Create("").id());
  v1::CreateTrainingJobRequest reused;
  reused.set_request_id("r1");
  *reused.mutable_spec() = MakeSpec({"place"});
  const absl::Status status = runner_->Create(reused).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  EXPECT_THAT(*store_.List("", 100), SizeIs(4));
}

TEST_F(JobRunnerTest, AJobRunsWithItsPatternsAndDoesNotTellThem) {
  v1::TrainingSpec spec = MakeSpec(), other = MakeSpec();
  spec.set_patterns("a whole file");
  other.set_patterns("another file");
  std::string trained_with;
  runner_.reset();
  runner_ = *JobRunner::Start(store_, clock_, [&](const v1::TrainingJob& job, JobContext&) {
    trained_with = job.spec().patterns();
    return v1::TrainingReport();
  });
  const v1::TrainingJob created = Create("r1", spec);
  EXPECT_EQ(created.spec().patterns(), "");
  const v1::TrainingJob ended = WaitFor(created.id(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.spec().patterns(), "");
  EXPECT_EQ(ended.spec_digest(), created.spec_digest());
  EXPECT_EQ(trained_with, "a whole file");
  EXPECT_EQ(store_.Get(created.id())->spec().patterns(), "") << "what has ended keeps no file";
  EXPECT_EQ(Create("r1", spec).id(), created.id());
  v1::CreateTrainingJobRequest reused;
  reused.set_request_id("r1");
  *reused.mutable_spec() = other;
  EXPECT_EQ(ReasonOf(runner_->Create(reused).status()), "REQUEST_ID_REUSED");
}

TEST_F(JobRunnerTest, ARepeatedRequestAndAListTellTheStateNow) {
  const std::string older = Create("r1").id();
  const std::string newer = Create("r2").id();
  WaitFor(older, v1::JOB_STATE_RUNNING);
  EXPECT_EQ(Create("r1").state(), v1::JOB_STATE_RUNNING);
  const std::vector<v1::TrainingJob> jobs = *runner_->List("", 10);
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].id(), newer);
  EXPECT_EQ(jobs[1].state(), v1::JOB_STATE_RUNNING);
}

}  // namespace
}  // namespace winnow::training

#include "common/jobs/job_runner.h"

#include <atomic>
#include <thread>

#include "common/base/status.h"
#include "common/jobs/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;
using storage::v1::JOB_STATE_CANCELLED;
using storage::v1::JOB_STATE_FAILED;
using storage::v1::JOB_STATE_QUEUED;
using storage::v1::JOB_STATE_RUNNING;
using storage::v1::JOB_STATE_SUCCEEDED;
using storage::v1::JobState;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A store that refuses writes when it is told to.
class RefusingStore final : public kv::Store {
 public:
  absl::StatusOr<std::string> Get(absl::string_view key) const override { return store_.Get(key); }
  std::unique_ptr<kv::Iterator> Scan(const kv::Range& range,
                                     kv::Direction direction) const override {
    return store_.Scan(range, direction);
  }
  absl::Status Write(const kv::Batch& batch) override {
    if (refuses) return absl::UnavailableError("the disk is full");
    return store_.Write(batch);
  }

  std::atomic<bool> refuses = false;

 private:
  kv::MemoryStore store_;
};

class JobRunnerTest : public testing::Test {
 protected:
  JobRunnerTest() { Restart(); }
  ~JobRunnerTest() override { runner_.reset(); }

  void Restart(size_t num_threads = 1) {
    runner_.reset();
    Start({work_.kind()}, num_threads);
  }
  void Start(std::vector<JobKind> kinds, size_t num_threads = 1) {
    RunnerOptions options;
    options.num_threads = num_threads;
    options.log = [this](LogLevel, absl::string_view message) {
      MutexLock lock(log_mutex_);
      log_.emplace_back(message);
    };
    runner_ = *JobRunner::Start(store_, once_, clock_, std::move(kinds), options);
  }
  // Without a request id where `request_id` is empty.
  Job Create(const std::string& request_id = "", const std::string& payload = "payload",
             const std::string& input = "") {
    return *runner_->Create({"", "Create", request_id, payload}, {"work", payload, input});
  }
  // Waits until the job is in the state, and has reported progress if it is the running one.
  Job WaitFor(const std::string& id, JobState state) {
    Job job = *runner_->Get(id);
    const auto reached = [&] {
      return job.state() == state && (state != JOB_STATE_RUNNING || job.progress().done() > 0);
    };
    while (!reached() && !HasEnded(job)) job = *runner_->WaitForChange(job, absl::Seconds(1));
    EXPECT_TRUE(reached()) << job.DebugString();
    return job;
  }
  std::vector<std::string> log() {
    MutexLock lock(log_mutex_);
    return log_;
  }

  FakeClock clock_;
  RefusingStore database_;
  JobStore store_{database_};
  kv::Once once_{database_, clock_, kv::ReplyLog("request/", "reply/")};
  FakeWork work_;
  std::unique_ptr<JobRunner> runner_;
  Mutex log_mutex_;
  std::vector<std::string> log_ WINNOW_GUARDED_BY(log_mutex_);
};

TEST_F(JobRunnerTest, AJobIsQueuedRunsAndSucceeds) {
  const Job created = Create("r1");
  EXPECT_EQ(created.state(), JOB_STATE_QUEUED);
  EXPECT_EQ(created.kind(), "work");
  EXPECT_EQ(created.request_id(), "r1");
  EXPECT_EQ(created.payload(), "payload");
  EXPECT_EQ(created.create_unix_micros(), absl::ToUnixMicros(clock_.Now()));
  const Job running = WaitFor(created.id(), JOB_STATE_RUNNING);
  EXPECT_EQ(running.progress().phase(), 2u);
  EXPECT_EQ(running.progress().total(), 10u);
  EXPECT_EQ(running.progress().facts(0).name(), "loss");
  EXPECT_EQ(running.progress().facts(0).value(), 0.5);
  clock_.Advance(absl::Seconds(7));
  work_.End("result");
  const Job ended = WaitFor(created.id(), JOB_STATE_SUCCEEDED);
  EXPECT_EQ(ended.result(), "result");
  EXPECT_EQ(ended.end_unix_micros() - ended.start_unix_micros(), 7'000'000);
  EXPECT_EQ(store_.Get(created.id())->SerializeAsString(), ended.SerializeAsString());
}

TEST_F(JobRunnerTest, AFailureTellsItsReason) {
  work_.End(
      WithReason(absl::FailedPreconditionError("nothing to train on"), "NOTHING_TO_TRAIN_ON"));
  const Job job = WaitFor(Create().id(), JOB_STATE_FAILED);
  EXPECT_EQ(job.error_message(), "nothing to train on");
  EXPECT_EQ(job.error_code(), static_cast<uint32_t>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(job.error_reason(), "NOTHING_TO_TRAIN_ON");
}

TEST_F(JobRunnerTest, JobsRunOneAfterAnotherInTheOrderOfTheirCreation) {
  // All within one microsecond of the clock.
  const std::string first = Create().id();
  const std::string second = Create().id();
  const std::string third = Create().id();
  WaitFor(first, JOB_STATE_RUNNING);
  EXPECT_EQ(runner_->Get(second)->state(), JOB_STATE_QUEUED);
  EXPECT_THAT(work_.started(), ElementsAre(first));
  work_.End("");
  WaitFor(third, JOB_STATE_SUCCEEDED);
  EXPECT_THAT(work_.started(), ElementsAre(first, second, third));
}

TEST_F(JobRunnerTest, SeveralThreadsRunSeveralJobsAtATime) {
  Restart(/*num_threads=*/2);
  const std::string first = Create().id();
  const std::string second = Create().id();
  const std::string third = Create().id();
  WaitFor(first, JOB_STATE_RUNNING);
  WaitFor(second, JOB_STATE_RUNNING);
  EXPECT_EQ(runner_->Get(third)->state(), JOB_STATE_QUEUED);
  ASSERT_TRUE(runner_->Cancel(first).ok());
  WaitFor(third, JOB_STATE_RUNNING);
}

TEST_F(JobRunnerTest, AQueuedJobIsCancelledAtOnceAndNeverRuns) {
  const std::string running = Create().id();
  const std::string queued = Create().id();
  WaitFor(running, JOB_STATE_RUNNING);
  EXPECT_EQ(runner_->Cancel(queued)->state(), JOB_STATE_CANCELLED);
  EXPECT_EQ(store_.Get(queued)->state(), JOB_STATE_CANCELLED);
  work_.End("");
  WaitFor(running, JOB_STATE_SUCCEEDED);
  Restart();
  EXPECT_THAT(work_.started(), ElementsAre(running));
}

TEST_F(JobRunnerTest, ARunningJobIsCancelledAtItsNextReport) {
  const std::string id = Create().id();
  const std::string next = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  ASSERT_TRUE(runner_->Cancel(id).ok());
  const Job job = WaitFor(id, JOB_STATE_CANCELLED);
  EXPECT_GT(job.end_unix_micros(), 0);
  EXPECT_THAT(job.error_message(), IsEmpty());
  WaitFor(next, JOB_STATE_RUNNING);
}

TEST_F(JobRunnerTest, CancellingAJobThatHasEndedChangesNothing) {
  work_.End("");
  const Job job = WaitFor(Create().id(), JOB_STATE_SUCCEEDED);
  EXPECT_EQ(runner_->Cancel(job.id())->SerializeAsString(), job.SerializeAsString());
  EXPECT_EQ(ReasonOf(runner_->Cancel("no such job").status()), "UNKNOWN_JOB");
}

TEST_F(JobRunnerTest, ACancelIsOnDiskBeforeItIsAcknowledged) {
  const std::string id = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  work_.SetDeaf(true);
  database_.refuses = true;
  EXPECT_TRUE(absl::IsUnavailable(runner_->Cancel(id).status()));
  database_.refuses = false;
  EXPECT_FALSE(store_.Get(id)->cancel_requested());
  EXPECT_TRUE(runner_->Cancel(id)->cancel_requested());
  const Job on_disk = *store_.Get(id);
  EXPECT_TRUE(on_disk.cancel_requested());
  // The process dies here.
  work_.SetDeaf(false);
  WaitFor(id, JOB_STATE_CANCELLED);
  runner_.reset();
  kv::Batch batch;
  ASSERT_TRUE(JobStore::Add(on_disk, "", batch).ok());
  ASSERT_TRUE(database_.Write(batch).ok());
  Restart();
  EXPECT_EQ(runner_->Get(id)->state(), JOB_STATE_CANCELLED);
  EXPECT_EQ(store_.Get(id)->state(), JOB_STATE_CANCELLED);
  EXPECT_THAT(work_.started(), ElementsAre(id));
}

TEST_F(JobRunnerTest, ARestartRunsAnUnfinishedJobAgain) {
  const std::string id = Create().id();
  const std::string queued = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  Restart();
  WaitFor(id, JOB_STATE_RUNNING);
  work_.End("");
  WaitFor(queued, JOB_STATE_SUCCEEDED);
  EXPECT_THAT(work_.started(), ElementsAre(id, id, queued));
  Restart();
  EXPECT_EQ(runner_->Get(id)->state(), JOB_STATE_SUCCEEDED);
  EXPECT_THAT(work_.started(), SizeIs(3));
}

// The record of a job whose process has died, put back into the store.
TEST_F(JobRunnerTest, AJobThatNeverEndsIsStartedThreeTimes) {
  Job job = Create("", "payload", "input");
  job.set_state(JOB_STATE_RUNNING);
  for (uint32_t starts = 1; starts < kMaxStarts; ++starts) {
    runner_.reset();
    job.set_num_starts(starts);
    ASSERT_TRUE(store_.Put(job).ok());
    Restart();
    EXPECT_EQ(WaitFor(job.id(), JOB_STATE_RUNNING).num_starts(), starts + 1);
  }
  runner_.reset();
  job.set_num_starts(kMaxStarts);
  ASSERT_TRUE(store_.Put(job).ok());
  const size_t num_started = work_.started().size();
  Restart();
  job = *runner_->Get(job.id());
  EXPECT_EQ(job.state(), JOB_STATE_FAILED);
  EXPECT_EQ(job.error_reason(), "JOB_KEEPS_CRASHING");
  EXPECT_THAT(job.error_message(), HasSubstr("3 times"));
  EXPECT_THAT(work_.started(), SizeIs(num_started));
}

TEST_F(JobRunnerTest, StoppingInGoodOrderIsNoCrash) {
  const std::string id = Create().id();
  for (uint32_t restart = 0; restart <= kMaxStarts; ++restart) {
    EXPECT_EQ(WaitFor(id, JOB_STATE_RUNNING).num_starts(), 1u);
    Restart();
  }
}

TEST_F(JobRunnerTest, AJobCancelledWhenTheProcessStopsDoesNotRunAgain) {
  const std::string id = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  work_.SetDeaf(true);
  ASSERT_TRUE(runner_->Cancel(id).ok());
  std::thread stop([this] { runner_.reset(); });
  // The runner is stopping before the job hears of anything (or, on a slow machine, not yet: then
  // this proves nothing).
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  work_.SetDeaf(false);
  stop.join();
  EXPECT_EQ(store_.Get(id)->state(), JOB_STATE_CANCELLED);
}

TEST_F(JobRunnerTest, ARepeatedRequestReturnsTheJobMadeFirst) {
  const Job job = Create("r1");
  EXPECT_NE(Create("r2").id(), job.id());
  EXPECT_EQ(Create("r1").id(), job.id());
  EXPECT_NE(Create("").id(), Create("").id());
  const absl::Status status =
      runner_->Create({"", "Create", "r1", "another"}, {"work", "another", ""}).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(ReasonOf(status), "REQUEST_ID_REUSED");
  EXPECT_THAT(*store_.List("", 100), SizeIs(4));
}

TEST_F(JobRunnerTest, ARepeatedRequestAndAListTellTheStateNow) {
  const std::string older = Create("r1").id();
  const std::string newer = Create("r2").id();
  WaitFor(older, JOB_STATE_RUNNING);
  EXPECT_EQ(Create("r1").state(), JOB_STATE_RUNNING);
  const std::vector<Job> jobs = *runner_->List("", 10);
  ASSERT_THAT(jobs, SizeIs(2));
  EXPECT_EQ(jobs[0].id(), newer);
  EXPECT_GT(jobs[1].progress().done(), 0u);
}

TEST_F(JobRunnerTest, AJobRunsWithItsPayloadAndItsInput) {
  std::string payload, input;
  runner_.reset();
  Start({{"work", {}, [&](const std::string& given, JobContext& context) {
            payload = given;
            input = context.ReadInput().value_or("none");
            return std::string();
          }}});
  const Job ended = WaitFor(Create("r1", "what to do", "a whole file").id(), JOB_STATE_SUCCEEDED);
  EXPECT_EQ(payload, "what to do");
  EXPECT_EQ(input, "a whole file");
  EXPECT_EQ(ended.payload(), "what to do");
  EXPECT_TRUE(absl::IsNotFound(store_.GetInput(ended.id()).status()));
}

TEST_F(JobRunnerTest, AnUnknownKindIsRefusedAndFailsWhenItIsLeftOver) {
  EXPECT_TRUE(absl::IsInvalidArgument(runner_->Create({}, {"play", "", ""}).status()));
  const std::string id = Create().id();
  runner_.reset();
  Start({work_.kind("play")});
  EXPECT_EQ(runner_->Get(id)->state(), JOB_STATE_FAILED);
  EXPECT_THAT(runner_->Get(id)->error_message(), HasSubstr("'work'"));
  runner_.reset();
  EXPECT_TRUE(absl::IsInvalidArgument(
      JobRunner::Start(store_, once_, clock_, {work_.kind(), work_.kind()}).status()));
}

TEST_F(JobRunnerTest, AnEndThatCannotBeStoredIsToldAndRunsAgainAfterARestart) {
  const std::string id = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  work_.SetDeaf(true);
  database_.refuses = true;
  work_.End("result");
  EXPECT_EQ(WaitFor(id, JOB_STATE_SUCCEEDED).result(), "result");
  EXPECT_THAT(log(), testing::Contains(HasSubstr("cannot be stored")));
  database_.refuses = false;
  Restart();
  WaitFor(id, JOB_STATE_SUCCEEDED);
  EXPECT_EQ(store_.Get(id)->state(), JOB_STATE_SUCCEEDED);
  EXPECT_THAT(work_.started(), ElementsAre(id, id));
}

TEST_F(JobRunnerTest, StartsAndEndsAreLogged) {
  const std::string id = Create().id();
  WaitFor(id, JOB_STATE_RUNNING);
  clock_.Advance(absl::Seconds(2));
  work_.End(absl::InternalError("broken"));
  WaitFor(id, JOB_STATE_FAILED);
  runner_.reset();
  EXPECT_THAT(log(),
              ElementsAre(AllOf(HasSubstr(id), HasSubstr("(work) started")),
                          HasSubstr("(work) failed after 2.0 s in phase \"working\": broken")));
}

TEST_F(JobRunnerTest, AWaitEndsWithItsTimeAndWithTheRunner) {
  const Job running = WaitFor(Create().id(), JOB_STATE_RUNNING);
  work_.SetDeaf(true);
  const Job seen = *runner_->Get(running.id());
  EXPECT_EQ(runner_->WaitForChange(seen, absl::Milliseconds(5))->state(), JOB_STATE_RUNNING);
  std::thread waiter([&] { (void)runner_->WaitForChange(seen, absl::InfiniteDuration()); });
  std::thread stop([&] { runner_->Stop(); });
  // The job is deaf, so the runner cannot have stopped yet.
  waiter.join();
  work_.SetDeaf(false);
  stop.join();
  EXPECT_TRUE(absl::IsUnavailable(runner_->Create({}, {"work", "", ""}).status()));
}

}  // namespace
}  // namespace winnow::jobs

// Everything at once, for ThreadSanitizer: threads that create, cancel, watch and list jobs while
// others run them and one stops the runner.
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/jobs/job_runner.h"
#include "common/jobs/testing.h"
#include "common/kv/memory_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::jobs {
namespace {

using storage::v1::Job;

// Reports a few times and succeeds.
JobKind QuickKind() {
  return {"quick", {"", "working"}, [](const std::string&, JobContext& context) {
            storage::v1::JobProgress progress;
            progress.set_phase(1);
            for (uint64_t done = 1; done <= 5; ++done) {
              progress.set_done(done);
              absl::Status status = context.Report(progress);
              if (!status.ok()) return absl::StatusOr<std::string>(status);
              std::this_thread::yield();
            }
            return absl::StatusOr<std::string>("done");
          }};
}

class JobRaceTest : public testing::Test {
 protected:
  JobRaceTest() { Start(); }

  void Start() {
    RunnerOptions options;
    options.num_threads = 3;
    options.log = [this](LogLevel, absl::string_view) { ++num_logged_; };
    runner_ = *JobRunner::Start(store_, once_, clock_, {QuickKind()}, options);
  }
  // The jobs of one person: every second is cancelled, every third is asked for twice.
  void Play(int person) {
    for (int i = 0; i < 40; ++i) {
      const kv::RequestKey request{absl::StrCat(person), "Create", absl::StrCat(i), ""};
      const absl::StatusOr<Job> job = runner_->Create(request, {"quick", absl::StrCat(i), "input"});
      if (!job.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(job.status())) << job.status();
        return;
      }
      ++num_created_;
      if (i % 2 == 0) {
        const absl::StatusOr<Job> cancelled = runner_->Cancel(job->id());
        EXPECT_TRUE(cancelled.ok()) << cancelled.status();
      }
      if (i % 3 == 0) {
        const absl::StatusOr<Job> again = runner_->Create(request, {"quick", "", ""});
        if (again.ok()) {
          EXPECT_EQ(again->id(), job->id());
        }
      }
      Watch(*job);
    }
  }
  // Follows the job until it has ended or the runner has stopped.
  void Watch(Job job) {
    while (!HasEnded(job) && !stopped_) {
      const absl::StatusOr<Job> next = runner_->WaitForChange(job, absl::Milliseconds(20));
      if (absl::IsUnavailable(next.status())) return;
      ASSERT_TRUE(next.ok()) << next.status();
      // Only a stop in good order leads back.
      EXPECT_TRUE(next->state() >= job.state() || next->num_starts() == 0) << next->DebugString();
      job = *next;
    }
  }

  FakeClock clock_;
  kv::MemoryStore database_;
  JobStore store_{database_};
  kv::Once once_{database_, clock_, kv::ReplyLog("request/", "reply/")};
  std::atomic<int> num_logged_ = 0, num_created_ = 0;
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRaceTest, CreateCancelWatchListAndStopAtOnce) {
  std::vector<std::thread> threads;
  for (int person = 0; person < 4; ++person) threads.emplace_back([=, this] { Play(person); });
  threads.emplace_back([this] {
    while (!stopped_) {
      const auto jobs = runner_->List("", 20);
      ASSERT_TRUE(jobs.ok()) << jobs.status();
      std::this_thread::yield();
    }
  });
  for (int stopper = 0; stopper < 2; ++stopper) {
    threads.emplace_back([this] {
      // Somewhere in the middle; on a slow machine earlier, on a fast one later.
      while (num_created_ < 80) std::this_thread::yield();
      runner_->Stop();
      stopped_ = true;
    });
  }
  for (std::thread& thread : threads) thread.join();

  // Every acknowledged job is there, ends when the runner starts again, and ran as it should.
  stopped_ = false;
  runner_.reset();
  EXPECT_GE(num_created_, 80);
  EXPECT_EQ(store_.List("", SIZE_MAX)->size(), static_cast<size_t>(num_created_));
  Start();
  const std::vector<Job> left = *runner_->List("", SIZE_MAX);
  for (const Job& job : left) Watch(job);
  runner_.reset();
  const std::vector<Job> ended = *store_.List("", SIZE_MAX);
  for (const Job& job : ended) {
    EXPECT_TRUE(job.state() == storage::v1::JOB_STATE_SUCCEEDED ||
                job.state() == storage::v1::JOB_STATE_CANCELLED)
        << job.DebugString();
    EXPECT_EQ(job.result(), job.state() == storage::v1::JOB_STATE_SUCCEEDED ? "done" : "");
    EXPECT_LE(job.num_starts(), 1u);
  }
  EXPECT_TRUE(store_.ListOpen()->empty());
  EXPECT_GE(num_logged_, num_created_);
}

}  // namespace
}  // namespace winnow::jobs

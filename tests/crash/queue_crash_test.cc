// Fifty people at queues whose server is killed again and again: nothing that was acknowledged is
// lost or there twice, no answer is refused, and no task is had by more people than it is for.
//   WINNOW_CRASH_KILLS=200 WINNOW_CRASH_RESTARTS=50 queue_crash_test    takes some eight minutes
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/crash/queue_history.h"
#include "tests/crash/queue_people.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

constexpr size_t kPeople = 50;
constexpr uint32_t kOverlap = 3;
// One queue of each overlap for so many ends of a server.
constexpr size_t kEndsPerQueue = 10;
// A server is ended when it has acknowledged a random number of answers below this, after this time
// at the latest, or while it starts.
constexpr uint64_t kMostAnswers = 600;
constexpr absl::Duration kLongestLife = absl::Seconds(5);
constexpr absl::Duration kLongestStart = absl::Milliseconds(300);

enum class End { kKill, kKillAtStart, kStop };

// In random order; a quarter of the kills come while the server starts.
std::vector<End> Ends(Random& random) {
  const size_t num_kills = NumberFromEnvironment("WINNOW_CRASH_KILLS", 6);
  const size_t num_restarts = NumberFromEnvironment("WINNOW_CRASH_RESTARTS", 3);
  std::vector<End> ends(num_kills - num_kills / 4, End::kKill);
  ends.insert(ends.end(), num_kills / 4, End::kKillAtStart);
  ends.insert(ends.end(), num_restarts, End::kStop);
  random.Shuffle(ends);
  return ends;
}

class QueueCrashTest : public testing::Test {
 protected:
  QueueCrashTest() : random_(NumberFromEnvironment("WINNOW_CRASH_SEED", 1)) {
    ends_ = Ends(random_);
    for (size_t i = 0; i <= ends_.size() / kEndsPerQueue; ++i) {
      for_one_.push_back(absl::StrCat("for-one-", i));
      for_several_.push_back(absl::StrCat("for-several-", i));
    }
  }

  absl::Status Start() {
    server_.reset();
    WINNOW_ASSIGN_OR_RETURN(server_, WinnowServer::Start(data_));
    door_.Open(server_->address());
    return absl::OkStatus();
  }
  absl::Status Stop() {
    server_->process().Signal(SIGTERM);
    WINNOW_ASSIGN_OR_RETURN(const int exit_code, server_->process().Wait());
    if (exit_code == 0) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("it stopped with ", exit_code, ":\n", server_->process().err()));
  }

  absl::Status Prepare() {
    WINNOW_RETURN_IF_ERROR(Start());
    WINNOW_RETURN_IF_ERROR(MakeModelAndSources(server_->session()));
    for (const std::string& queue : for_one_)
      WINNOW_RETURN_IF_ERROR(MakeQueue(server_->session(), queue, kPool));
    for (const std::string& queue : for_several_)
      WINNOW_RETURN_IF_ERROR(MakeQueue(server_->session(), queue, kPool, kOverlap));
    return Stop();
  }

  // Serves for a while and ends as it is told.
  absl::Status LiveAndEnd(End end) {
    if (end == End::kKillAtStart) {
      server_.reset();
      ChildProcess process(
          {Program("winnow"), "serve", "--data", data_, "--listen", "127.0.0.1:0"});
      absl::SleepFor(random_.Uniform() * kLongestStart);
      process.Signal(SIGKILL);
      return process.Wait().status();
    }
    WINNOW_RETURN_IF_ERROR(Start());
    const uint64_t num_answers = door_.num_answers() + random_.Below(kMostAnswers);
    const absl::Time latest = absl::Now() + kLongestLife;
    while (door_.num_answers() < num_answers && absl::Now() < latest)
      absl::SleepFor(absl::Milliseconds(1));
    if (end == End::kStop) return Stop();
    server_->Kill();
    return absl::OkStatus();
  }

  // What all people did while all servers lived and ended.
  absl::StatusOr<QueueHistory> WorkThroughAllEnds() {
    std::vector<std::unique_ptr<Person>> people;
    for (size_t i = 0; i < kPeople; ++i) {
      people.push_back(std::make_unique<Person>(absl::StrCat("person", i), random_.Next(),
                                                std::vector{for_one_, for_several_}, door_));
    }
    absl::Status status;
    for (const End end : ends_) status.Update(LiveAndEnd(end));
    status.Update(Start());
    door_.Close();
    QueueHistory history;
    for (const std::unique_ptr<Person>& person : people) {
      if (!status.ok()) break;
      person->Join();
      num_run_out_ += person->has_run_out();
      history.Merge(person->TakeHistory());
    }
    if (!status.ok()) {
      // People wait for a server that does not come.
      std::cerr << status << std::endl;
      std::abort();
    }
    return history;
  }

  absl::StatusOr<QueueFindings> CompareAll(const QueueHistory& history) {
    QueueFindings all;
    for (const auto& [queues, overlap] :
         {std::pair(&for_one_, uint32_t{1}), std::pair(&for_several_, kOverlap)}) {
      for (const std::string& queue : *queues) {
        WINNOW_ASSIGN_OR_RETURN(
            const QueueFindings findings,
            CompareWithServer(
                server_->session(), queue,
                [people = overlap](const std::string&) { return people; }, history));
        all.Merge(findings);
      }
    }
    return all;
  }

  void Report(const QueueHistory& history, const QueueFindings& findings) const {
    std::cout << kPeople << " people, " << std::count(ends_.begin(), ends_.end(), End::kStop)
              << " clean restarts, " << std::count(ends_.begin(), ends_.end(), End::kKill)
              << " kills at work and " << std::count(ends_.begin(), ends_.end(), End::kKillAtStart)
              << " at the start; " << 2 * for_one_.size() << " queues, " << num_run_out_
              << " people ran out of tasks\n"
              << Describe(history, findings);
  }

  ScratchDirectory scratch_;
  const std::string data_ = scratch_ / "data";
  Random random_;
  std::vector<End> ends_;
  // Queues with overlap 1, and those with kOverlap.
  std::vector<std::string> for_one_;
  std::vector<std::string> for_several_;
  Door door_;
  std::unique_ptr<WinnowServer> server_;
  size_t num_run_out_ = 0;
};

TEST_F(QueueCrashTest, NothingIsLostDoubledOrRefusedInKillsAndRestarts) {
  ASSERT_EQ(Prepare(), absl::OkStatus());
  const auto history = WorkThroughAllEnds();
  ASSERT_TRUE(history.ok()) << history.status();
  const auto findings = CompareAll(*history);
  ASSERT_TRUE(findings.ok()) << findings.status();
  Report(*history, *findings);

  EXPECT_GT(findings->num_counted, 10 * ends_.size());
  EXPECT_EQ(absl::StrJoin(findings->words, "\n"), "");
  EXPECT_EQ(absl::StrJoin(history->refused, "\n"), "");
  EXPECT_EQ(absl::StrJoin(history->forged_and_taken, "\n"), "");
}

}  // namespace
}  // namespace winnow::integration

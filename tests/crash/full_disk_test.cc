// People at a queue whose disk is full again and again: writes are refused with the reason, health
// says so, nothing acknowledged is lost, nothing ends, and when there is room it goes on by itself.
//   WINNOW_FULL_DISK_ROUNDS=20 full_disk_test    takes some two minutes
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "tests/crash/queue_history.h"
#include "tests/crash/queue_people.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"
#include "tests/testing/steps.h"

namespace winnow::integration {
namespace {

using ::testing::HasSubstr;

constexpr size_t kPeople = 8;
constexpr uint64_t kAnswersPerRound = 20;
constexpr size_t kRoundsPerQueue = 5;
constexpr char kNotServing[] = "not_serving service=winnow.annotation.v1.AnnotationService";
constexpr char kServingAgain[] = "serving_again service=winnow.annotation.v1.AnnotationService";
constexpr absl::Duration kFullFor = absl::Seconds(2);
constexpr absl::Duration kPatience = absl::Minutes(2);

// A file system of 64 MB.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    std::filesystem::create_directories(path);
    if (mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64m") != 0) why_not_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (why_not_.empty()) umount2(path_.c_str(), MNT_DETACH);
  }

  // Why there is none; empty when there is.
  const std::string& why_not() const { return why_not_; }

  // Takes all the room there is.
  void Fill() const {
    const int file = open(filler().c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) > 0) {
    }
    close(file);
  }
  void Free() const { unlink(filler().c_str()); }

 private:
  std::string filler() const { return path_ + "/filler"; }

  const std::string path_;
  std::string why_not_;
};

class FullDiskTest : public testing::Test {
 protected:
  absl::Status Prepare() {
    WINNOW_ASSIGN_OR_RETURN(server_, WinnowServer::Start(data_));
    WINNOW_RETURN_IF_ERROR(MakeModelAndSources(server_->session()));
    for (const std::string& queue : queues_)
      WINNOW_RETURN_IF_ERROR(MakeQueue(server_->session(), queue, kPool));
    door_.Open(server_->address());
    return absl::OkStatus();
  }

  // Whether so many more answers are acknowledged in time.
  bool PeopleGoOn() {
    const uint64_t wanted = door_.num_answers() + kAnswersPerRound;
    const absl::Time latest = absl::Now() + kPatience;
    while (door_.num_answers() < wanted && absl::Now() < latest)
      absl::SleepFor(absl::Milliseconds(20));
    return door_.num_answers() >= wanted;
  }

  // Whether the server has said `event` so often, in time.
  bool HasSaid(absl::string_view event, size_t times) {
    const absl::Time latest = absl::Now() + kPatience;
    while (absl::Now() < latest) {
      const std::string log = server_->process().err();
      const std::vector<absl::string_view> parts = absl::StrSplit(log, event);
      if (parts.size() > times) return true;
      absl::SleepFor(absl::Milliseconds(20));
    }
    return false;
  }

  // What a person is told who wants a task now.
  absl::Status LeaseOnce() {
    annotation::v1::LeaseTasksRequest request;
    request.set_queue(queues_.front());
    request.set_annotator("somebody else");
    grpc::ClientContext context;
    annotation::v1::LeaseTasksResponse response;
    return rpc::FromGrpc(server_->session().annotation().LeaseTasks(&context, request, &response));
  }

  // Full while people work, and free again.
  void FillAndFree(size_t round) {
    ASSERT_TRUE(PeopleGoOn()) << server_->process().err();
    disk_.Fill();
    ASSERT_TRUE(HasSaid(kNotServing, round)) << server_->process().err();
    const absl::Status status = LeaseOnce();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("No space left"));
    // Reads go on.
    EXPECT_TRUE(ListLog(server_->session(), queues_.front()).ok());
    absl::SleepFor(kFullFor);
    disk_.Free();
    ASSERT_TRUE(HasSaid(kServingAgain, round)) << server_->process().err();
  }

  ScratchDirectory scratch_;
  const std::string data_ = scratch_ / "disk";
  const SmallDisk disk_{data_};
  std::vector<std::string> queues_;
  Door door_;
  std::unique_ptr<WinnowServer> server_;
};

TEST_F(FullDiskTest, WritesAreRefusedWhileTheDiskIsFullAndNothingIsLost) {
  if (!disk_.why_not().empty())
    GTEST_SKIP() << "no file system of 64 MB can be mounted here: " << disk_.why_not();
  const size_t num_rounds = NumberFromEnvironment("WINNOW_FULL_DISK_ROUNDS", 2);
  for (size_t i = 0; i <= num_rounds / kRoundsPerQueue; ++i)
    queues_.push_back(absl::StrCat("queue", i));
  ASSERT_EQ(Prepare(), absl::OkStatus());

  std::vector<std::unique_ptr<Person>> people;
  for (size_t i = 0; i < kPeople; ++i)
    people.push_back(std::make_unique<Person>(
        absl::StrCat("person", i), i, std::vector<std::vector<std::string>>{queues_}, door_));
  for (size_t round = 1; round <= num_rounds && !HasFatalFailure(); ++round) FillAndFree(round);
  EXPECT_TRUE(PeopleGoOn());
  door_.Close();
  QueueHistory history;
  for (const std::unique_ptr<Person>& person : people) {
    person->Join();
    history.Merge(person->TakeHistory());
  }

  QueueFindings findings;
  for (const std::string& queue : queues_) {
    const auto found = CompareWithServer(
        server_->session(), queue, [](const std::string&) { return 1u; }, history);
    ASSERT_TRUE(found.ok()) << found.status();
    findings.Merge(*found);
  }
  std::cout << num_rounds << " rounds; " << Describe(history, findings);
  EXPECT_EQ(absl::StrJoin(findings.words, "\n"), "");
  EXPECT_EQ(absl::StrJoin(history.refused, "\n"), "");
}

}  // namespace
}  // namespace winnow::integration

// Every call that changes something, killed before each of its writes and renames, and before its
// reply, and then repeated with the same request id: it has its effect once.
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/methods.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/child_process.h"
#include "tests/testing/programs.h"
#include "tests/testing/scratch_directory.h"

namespace winnow::integration {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kMethods[] = {
    "UpdatePerson",     "RemovePerson",     "ImportDataset",     "DeleteDataset",
    "ImportSource",     "DeleteSource",     "CreateQueue",       "UpdateQueue",
    "DeleteQueue",      "AddComparisons",   "SubmitAnswers",     "UndoAnswer",
    "CreateSnapshot",   "RenewSnapshot",    "ReleaseSnapshot",   "ImportModel",
    "PromoteModel",     "RollbackModel",    "CreateTrainingJob", "CancelTrainingJob",
    "CreateComparison", "CancelComparison", "DeleteComparison",  "MergeDatasets"};

// What a run of changing_call has ended with, and printed.
struct Ran {
  int exit_code = 0;
  int num_steps = 0;
  // The reply, and all there is.
  std::string told;
  std::string err;
};

// What a broken copy had staged has taken revisions.
std::string Told(const std::string& method, const Ran& ran) {
  return method == "MergeDatasets"
             ? std::regex_replace(ran.told, std::regex("revision: [0-9]+"), "revision")
             : ran.told;
}

Ran RunCall(const fs::path& data, const std::string& method, int die_at) {
  ChildProcess child({Program("changing_call"), data.string(), method, absl::StrCat(die_at)});
  Ran ran;
  const absl::StatusOr<int> ended = child.Wait(absl::Minutes(2));
  ran.exit_code = ended.ok() ? *ended : -1;
  ran.err = absl::StrCat(ended.status().ToString(), "\n", child.err());
  const std::pair<std::string, std::string> lines =
      absl::StrSplit(child.out(), absl::MaxSplits('\n', 1));
  const std::vector<std::string> words = absl::StrSplit(lines.first, ' ');
  if (words.size() == 2) static_cast<void>(absl::SimpleAtoi(words[1], &ran.num_steps));
  ran.told = lines.second;
  return ran;
}

class ChangingCallTest : public testing::Test {
 protected:
  void SetUp() override {
    const Ran prepared = RunCall(scratch_ / "prepared", "Prepare", 0);
    ASSERT_EQ(prepared.exit_code, 0) << prepared.err;
  }

  // What everything is like before the call.
  fs::path Fresh() const {
    const fs::path data = scratch_ / "data";
    fs::remove_all(data);
    fs::copy(scratch_ / "prepared", data, fs::copy_options::recursive);
    return data;
  }

  // Returns the number of kill points.
  int KillEverywhere(const std::string& method) {
    const Ran whole = RunCall(Fresh(), method, 0);
    EXPECT_EQ(whole.exit_code, 0) << method << ": " << whole.err;
    EXPECT_THAT(whole.told, HasSubstr("state "));
    // One more step: the reply.
    for (int step = 1; step <= whole.num_steps + 1; ++step) {
      SCOPED_TRACE(absl::StrCat(method, " killed at step ", step, " of ", whole.num_steps + 1));
      const fs::path data = Fresh();
      EXPECT_EQ(RunCall(data, method, step).exit_code, -SIGKILL);
      const Ran repeated = RunCall(data, method, 0);
      EXPECT_EQ(repeated.exit_code, 0) << repeated.err;
      EXPECT_EQ(Told(method, repeated), Told(method, whole));
    }
    return whole.num_steps + 1;
  }

  ScratchDirectory scratch_;
};

TEST_F(ChangingCallTest, HasItsEffectOnceWhereverItIsKilledAndRepeated) {
  for (const char* method : kMethods) {
    const int num_kill_points = KillEverywhere(method);
    RecordProperty(method, num_kill_points);
    std::printf("%-18s %2d kill points\n", method, num_kill_points);
    // With an effect there is a write before the reply.
    EXPECT_GT(num_kill_points, 1) << method;
  }
}

TEST(ChangingCalls, AreAllTested) {
  std::set<std::string> untested;
  for (const rpc::MethodRow& row : rpc::kMethods) {
    if (row.effect == rpc::Effect::kChanges) untested.insert(row.name);
  }
  for (const char* method : kMethods) untested.erase(method);
  // A lease whose reply is lost ends by itself: a repetition hands out other tasks. What is given
  // back or erased stays so: a repetition does what is left, and counts that. A token is told once:
  // a repetition is refused, or gives another one. On the stream answers and undos are stored as by
  // SubmitAnswers and UndoAnswer.
  EXPECT_THAT(untested, ElementsAre("Annotate", "CreatePerson", "EraseTexts", "LeaseTasks",
                                    "ReleaseTasks", "RotateToken"));
}

}  // namespace
}  // namespace winnow::integration

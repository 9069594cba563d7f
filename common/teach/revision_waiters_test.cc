#include "common/teach/revision_waiters.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::teach {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RevisionWaitersTest : public testing::Test {
 protected:
  bool Add(uint64_t revision) {
    return waiters_.Add(revision, [this, revision](const absl::Status& status) {
      told_.push_back(absl::StrCat(revision, " ", absl::StatusCodeToString(status.code())));
    });
  }

  RevisionWaiters waiters_;
  std::vector<std::string> told_;
};

TEST_F(RevisionWaitersTest, ARevisionThatWasReachedIsToldAtOnce) {
  waiters_.Reach(3);
  EXPECT_FALSE(Add(3));
  EXPECT_TRUE(Add(5));
  EXPECT_TRUE(Add(4));
  EXPECT_THAT(told_, ElementsAre("3 OK"));
  waiters_.Reach(4);
  EXPECT_THAT(told_, ElementsAre("3 OK", "4 OK"));
  waiters_.Reach(2);
  waiters_.Reach(9);
  EXPECT_THAT(told_, ElementsAre("3 OK", "4 OK", "5 OK"));
}

TEST_F(RevisionWaitersTest, WhatStandsInTheWayIsToldUntilItIsGone) {
  waiters_.SetStatus(absl::OkStatus());
  EXPECT_TRUE(Add(1));
  waiters_.SetStatus(absl::NotFoundError("no source"));
  EXPECT_FALSE(Add(2));
  EXPECT_THAT(told_, ElementsAre("1 NOT_FOUND", "2 NOT_FOUND"));
  told_.clear();
  waiters_.SetStatus(absl::OkStatus());
  EXPECT_TRUE(Add(3));
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(RevisionWaitersTest, NobodyWaitsForWhatIsClosed) {
  EXPECT_TRUE(Add(1));
  waiters_.Close();
  waiters_.SetStatus(absl::OkStatus());
  EXPECT_FALSE(Add(2));
  EXPECT_THAT(told_, ElementsAre("1 UNAVAILABLE", "2 UNAVAILABLE"));
}

}  // namespace
}  // namespace winnow::teach

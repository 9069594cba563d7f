#include "services/annotation/lease_table.h"

#include "gtest/gtest.h"

namespace winnow::annotation {
namespace {

v1::Task TaskNamed(const std::string& id) {
  v1::Task task;
  task.set_task_id(id);
  return task;
}

TEST(LeaseTable, HoldsUntilTheDeadline) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  LeaseTable leases(1);
  leases.Take(TaskNamed("a"), "ann", now + absl::Minutes(5));
  EXPECT_TRUE(leases.IsHeld("a", now));
  EXPECT_EQ(leases.CountHeld(now), 1u);
  EXPECT_FALSE(leases.IsHeld("a", now + absl::Minutes(5)));
  EXPECT_FALSE(leases.IsHeld("b", now));
}

TEST(LeaseTable, ALateAnswerIsUnderstoodUntilTheTaskIsLeasedAgain) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  LeaseTable leases(1);
  const uint64_t first = leases.Take(TaskNamed("a"), "ann", now).fencing_token();
  ASSERT_NE(leases.Find("a", first), nullptr);
  const uint64_t second =
      leases.Take(TaskNamed("a"), "bob", now + absl::Minutes(5)).fencing_token();
  EXPECT_GT(second, first);
  EXPECT_EQ(leases.Find("a", first), nullptr);
  ASSERT_NE(leases.Find("a", second), nullptr);
  leases.Remove("a");
  EXPECT_EQ(leases.Find("a", second), nullptr);
}

}  // namespace
}  // namespace winnow::annotation

#include "common/tasks/overlap.h"

#include "absl/strings/str_cat.h"
#include "common/corpus/ids.h"
#include "gtest/gtest.h"

namespace winnow::tasks {
namespace {

TEST(Overlap, IsThatOfTheShareAndOneElsewhere) {
  const Overlap some(3, 0.2), more(3, 0.5), all(2, 1), none(5, 0);
  int num_shared = 0;
  for (int i = 0; i < 10'000; ++i) {
    const corpus::Id task(corpus::ExampleIdOf(absl::StrCat("text ", i)));
    const uint32_t people = some.Of(task);
    EXPECT_TRUE(people == 3 || people == 1);
    num_shared += people == 3;
    // A larger share has those of a smaller one.
    EXPECT_TRUE(people == 1 || more.Of(task) == 3);
    EXPECT_EQ(all.Of(task), 2u);
    EXPECT_EQ(none.Of(task), 1u);
  }
  // Four standard deviations.
  EXPECT_NEAR(num_shared, 2000, 160);
}

TEST(Overlap, OfAQueueWithoutAShareIsForAllTasks) {
  storage::v1::Queue queue;
  queue.set_overlap(2);
  const corpus::Id task(corpus::ExampleIdOf("text"));
  EXPECT_EQ(Overlap(queue).Of(task), 2u);
  queue.set_overlap_share(0);
  EXPECT_EQ(Overlap(queue).Of(task), 1u);
}

}  // namespace
}  // namespace winnow::tasks

#include "common/base/worker.h"

#include <memory>
#include <vector>

#include "common/base/await.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;

TEST(Worker, RunsJobsInTheirOrderAndAllOfThem) {
  std::vector<int> done;
  {
    Worker worker;
    for (int i = 0; i < 4; ++i) worker.Run([&done, i] { done.push_back(i); });
    // A job may bring another.
    worker.Run([&] { worker.Run([&done] { done.push_back(4); }); });
  }
  EXPECT_THAT(done, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Worker, WhatAJobHoldsGoesWithIt) {
  Worker worker;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = held;
  worker.Run([held = std::move(held)] {});
  EXPECT_TRUE(Await<bool>([&](auto done) { worker.Run([&, done] { done(seen.expired()); }); }));
}

}  // namespace
}  // namespace winnow

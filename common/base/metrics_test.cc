#include "common/base/metrics.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Metrics, ReadGivesFamiliesAndSeriesInTheOrderOfTheirNames) {
  Registry registry;
  registry.GetGauge("winnow_queues", "Queues that are open.").Set(3);
  registry.GetCounter("winnow_calls_total", "Calls.", {{"method", "b"}, {"code", "OK"}}).Add(2);
  registry.GetCounter("winnow_calls_total", "Calls.", {{"method", "a"}, {"code", "OK"}}).Add();
  const std::vector<Family> families = registry.Read();
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[0].name, "winnow_calls_total");
  EXPECT_EQ(families[0].help, "Calls.");
  EXPECT_EQ(families[0].type, Type::kCounter);
  ASSERT_EQ(families[0].samples.size(), 2u);
  EXPECT_THAT(families[0].samples[0].labels, ElementsAre(Pair("code", "OK"), Pair("method", "a")));
  EXPECT_EQ(families[0].samples[0].value, 1);
  EXPECT_EQ(families[0].samples[1].value, 2);
  EXPECT_EQ(families[1].name, "winnow_queues");
  EXPECT_EQ(families[1].samples[0].value, 3);
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameSeries) {
  Registry registry;
  Counter& counter = registry.GetCounter("winnow_x_total", "X.", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&counter, &registry.GetCounter("winnow_x_total", "X.", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&counter, &registry.GetCounter("winnow_x_total", "X.", {{"a", "1"}}));
}

TEST(Metrics, HistogramCountsUpToAndIncludingItsBounds) {
  Registry registry;
  Histogram& histogram = registry.GetHistogram("winnow_seconds", "Seconds.", {1, 2});
  for (const double value : {0.5, 1.0, 1.5, 7.0}) histogram.Observe(value);
  const Sample sample = registry.Read()[0].samples[0];
  EXPECT_THAT(sample.counts, ElementsAre(2, 1, 1));
  EXPECT_EQ(sample.sum, 10);
  EXPECT_EQ(sample.value, 4);
  EXPECT_THAT(registry.Read()[0].bounds, ElementsAre(1, 2));
}

TEST(MetricsDeathTest, AWrongNameEndsTheProgram) {
  Registry registry;
  registry.GetGauge("winnow_queues", "Queues.");
  EXPECT_DEATH(registry.GetGauge("winnow_queues", "Other."), "another type, help or bounds");
  EXPECT_DEATH(registry.GetCounter("winnow_calls", "Calls."), "_total");
  EXPECT_DEATH(registry.GetGauge("winnow queues", "Queues."), "names are");
  EXPECT_DEATH(registry.GetGauge("winnow_x", "X.", {{"Big", ""}}), "bad label name");
}

TEST(Metrics, NothingIsLostWhenThreadsRace) {
  constexpr int kThreads = 4;
  constexpr int kTurns = 2'000;
  Registry registry;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < kTurns; ++i) {
        registry.GetCounter("winnow_calls_total", "Calls.", {{"turn", i % 2 ? "a" : "b"}}).Add();
        registry.GetGauge("winnow_level", "Level.").Add(1);
        registry.GetHistogram("winnow_seconds", "Seconds.", {0.5}).Observe(1);
      }
    });
  }
  threads.emplace_back([&registry] {
    for (int i = 0; i < 200; ++i) registry.Read();
  });
  for (std::thread& thread : threads) thread.join();
  const std::vector<Family> families = registry.Read();
  constexpr double kAll = kThreads * kTurns;
  EXPECT_EQ(families[0].samples[0].value, kAll / 2);
  EXPECT_EQ(families[0].samples[1].value, kAll / 2);
  EXPECT_EQ(families[1].samples[0].value, kAll);
  EXPECT_EQ(families[2].samples[0].value, kAll);
  EXPECT_EQ(families[2].samples[0].sum, kAll);
}

}  // namespace
}  // namespace winnow::metrics

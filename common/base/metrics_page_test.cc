#include "common/base/metrics_page.h"

#include "gtest/gtest.h"

namespace winnow::metrics {
namespace {

TEST(MetricsPageTest, WritesEveryTypeAsPrometheusReadsIt) {
  Registry registry;
  registry.GetCounter("winnow_calls_total", "Calls.", {{"code", "OK"}}).Add(3);
  registry.GetGauge("winnow_open", "Open\nones.").Set(0.5);
  Histogram& seconds = registry.GetHistogram("winnow_seconds", "Seconds.", {0.25, 1}, {{"m", "x"}});
  seconds.Observe(0.125);
  seconds.Observe(0.5);
  seconds.Observe(8);
  EXPECT_EQ(MetricsPage(registry.Read()),
            "# HELP winnow_calls_total Calls.\n"
            "# TYPE winnow_calls_total counter\n"
            "winnow_calls_total{code=\"OK\"} 3\n"
            "# HELP winnow_open Open\\nones.\n"
            "# TYPE winnow_open gauge\n"
            "winnow_open 0.5\n"
            "# HELP winnow_seconds Seconds.\n"
            "# TYPE winnow_seconds histogram\n"
            "winnow_seconds_bucket{m=\"x\",le=\"0.25\"} 1\n"
            "winnow_seconds_bucket{m=\"x\",le=\"1\"} 2\n"
            "winnow_seconds_bucket{m=\"x\",le=\"+Inf\"} 3\n"
            "winnow_seconds_sum{m=\"x\"} 8.625\n"
            "winnow_seconds_count{m=\"x\"} 3\n");
}

TEST(MetricsPageTest, EscapesWhatWouldEndALabel) {
  Registry registry;
  registry.GetGauge("winnow_g", "G.", {{"name", "a\"b\\c\nd"}}).Set(1);
  EXPECT_EQ(MetricsPage(registry.Read()),
            "# HELP winnow_g G.\n# TYPE winnow_g gauge\n"
            "winnow_g{name=\"a\\\"b\\\\c\\nd\"} 1\n");
}

}  // namespace
}  // namespace winnow::metrics

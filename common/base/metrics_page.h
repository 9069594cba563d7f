// Metrics as Prometheus reads them
// (https://prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4).
#pragma once

#include <string>
#include <vector>

#include "common/base/metrics.h"

namespace winnow::metrics {

inline constexpr char kPageType[] = "text/plain; version=0.0.4; charset=utf-8";

std::string MetricsPage(const std::vector<Family>& families);

}  // namespace winnow::metrics

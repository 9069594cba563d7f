// The results of simulated teaching, as CSV and as tables with bootstrap intervals.
#pragma once

#include <cstddef>
#include <string>

#include "absl/types/span.h"
#include "tests/bench/teach_simulation.h"

namespace winnow::bench {

// A line of names and one per row, in the order of the rows; what is nan is left empty.
std::string ToCsv(absl::Span<const Row> rows);

// Prints to stdout. `rows` are those that Simulate returned with `options` for each data set, each
// arm and each of the seeds 1 to num_seeds; the first of `arms` (their names, not empty) is the one
// to judge. Intervals are 95 % percentile bootstraps over the seeds.
void PrintReport(const SimulationOptions& options, absl::Span<const std::string> arms,
                 size_t num_seeds, absl::Span<const Row> rows);

}  // namespace winnow::bench

// What it costs a queue to know its callers.
#pragma once

#include <atomic>

#include "absl/status/statusor.h"
#include "tests/bench/queue_modes.h"

namespace winnow::bench {

// The same people at four servers, which ask for tokens or not, and encrypt or not, for 1 and for 3
// people a task: many short rounds in turn, so that whatever else the machine does meets all of
// them. Medians of the rounds, and of their ratios to the server that differs in one of the two;
// latencies are of all rounds. Cancelled when `stop` is set.
absl::StatusOr<Json> MeasureAccess(const QueueBenchOptions& options, const std::atomic<bool>& stop);

}  // namespace winnow::bench

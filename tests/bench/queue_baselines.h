// What gRPC and the disk allow on their own, for comparison with what a queue does with them. Each
// runs in a process of its own, as the server does.
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace winnow::bench {

// Serves SubmitAnswers on a free port and replies to it at once, until SIGTERM. Prints "echo on
// HOST:PORT".
absl::Status ServeEcho();

// Calls a second of that many callers, each with a connection of its own, to ServeEcho at the
// address.
absl::StatusOr<double> MeasureEcho(const std::string& address, size_t num_callers,
                                   absl::Duration length, const std::atomic<bool>& stop);

// Records a second that this many threads write to a new database in the directory, each when its
// last one is on disk. What comes together is written together, with one fsync.
absl::StatusOr<double> MeasureWrites(const std::filesystem::path& directory, size_t num_writers,
                                     absl::Duration length);

}  // namespace winnow::bench

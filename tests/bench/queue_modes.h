// What queue_bench measures, one function a mode.
#pragma once

#include <atomic>
#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace winnow::bench {

using Json = nlohmann::ordered_json;

struct QueueBenchOptions {
  enum class Mode : uint8_t { kPeople, kImport, kDocuments, kAccess };

  Mode mode = Mode::kPeople;
  size_t num_people = 50;
  absl::Duration length = absl::Seconds(10);
  absl::Duration think;
  size_t num_texts = 20'000;
  // MeasureAccess: of `length` for each server.
  size_t num_rounds = 20;
  bool learner = true;
  // People for each task.
  uint32_t overlap = 1;
  // See ServerSettings.
  bool closed = false;
  bool tls = false;
  // The server on core 0, this process on core 1.
  bool pin = false;
  bool json = false;
};

// People at one queue, and what gRPC and the disk allow on their own. Cancelled when `stop` is set.
absl::StatusOr<Json> MeasurePeople(const QueueBenchOptions& options, const std::atomic<bool>& stop);

// A large import, and the first question about it, while people work at another queue.
absl::StatusOr<Json> MeasureImport(const QueueBenchOptions& options, const std::atomic<bool>& stop);

// The first question about long texts.
absl::StatusOr<Json> MeasureDocuments(const std::atomic<bool>& stop);

}  // namespace winnow::bench

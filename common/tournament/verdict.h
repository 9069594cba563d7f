// The verdict on a comparison from the answers given so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "common/stats/intervals.h"
#include "common/stats/sequential.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::tournament {

// Counts are those of the judgements up to the stop (common/stats/sequential.h).
struct Verdict {
  // kNoDifference also when the outputs do not differ at all.
  stats::SequentialVerdict outcome = stats::SequentialVerdict::kRunning;
  uint64_t num_prefer_a = 0;
  uint64_t num_prefer_b = 0;
  uint64_t num_ties = 0;
  // Answers without a judgement.
  uint64_t num_ignored = 0;
  // Evidence against "A and B are preferred equally often"; finite.
  double e_value = 1;
  // The share of judgements without ties that prefer B, with its anytime interval; absent while
  // there are none.
  std::optional<stats::Estimate> preference_b;
  // One sentence that says why, with all counts that a reader must know.
  std::string reason;
};

// Judges in the order of revisions. `answers`: the standing answers of the run's data set that are
// newer than its start_revision, ascending by revision; those that another queue asked for are
// passed over. Thread-safe.
Verdict Judge(const storage::v1::ComparisonRun& run, absl::Span<const storage::v1::Answer> answers);

}  // namespace winnow::tournament

// What the answers given so far say of a comparison.
#pragma once

#include "absl/types/span.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/evaluation/v1/evaluation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// The spec that a comparison was made with.
v1::ComparisonSpec SpecOf(const storage::v1::ComparisonRun& run);

// Judges in the order of revisions (common/stats/sequential.h); counts are those of the judgements
// up to the stop. `answers`: of the run's data set after its start_revision, ascending by revision,
// tombstones included; those of other queues are passed over.
v1::Comparison Judge(const storage::v1::ComparisonRun& run,
                     absl::Span<const annotation::v1::Answer> answers);

}  // namespace winnow::evaluation

// The long work behind a comparison: finding where the outputs differ, and asking about it.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/jobs/job_kind.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/annotation_service_client.h"
#include "services/evaluation/comparison_store.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

// JobProgress.phase of a comparison.
enum ComparisonPhase : uint32_t {
  // Counts the texts of the source.
  kComparingOutputs = 1,
  // Counts the questions.
  kAsking = 2,
};

struct ComparisonEnvironment {
  models::ModelCache& models;
  const models::ModelStore& store;
  ComparisonStore& stored;
  const AnnotationServiceClient& annotation;
};

// Makes the comparison and fills its queue, or completes the one of that name, with the same texts:
// it is stored before its queue is filled. `wanted` has what the caller decides, max_judgements and
// the versions. No queue is made when the outputs do not differ. NotFound (UNKNOWN_SOURCE);
// FailedPrecondition when the name is another comparison's or another queue's, or no text is left
// to compare on; the error of JobContext::Report. Thread-safe.
absl::StatusOr<storage::v1::ComparisonRun> MakeComparison(const ComparisonEnvironment& environment,
                                                          const storage::v1::ComparisonRun& wanted,
                                                          jobs::JobContext& context);

}  // namespace winnow::evaluation

// Who agrees with whom in the answers of data sets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/measure/agreement.h"
#include "services/evaluation/annotation_service_client.h"

namespace winnow::evaluation {

inline constexpr size_t kMaxAgreementDatasets = 1'000;

struct AgreementRequest {
  std::vector<std::string> datasets;
  // Empty means all.
  std::vector<std::string> labels;
  measure::AgreementOptions options;
};

struct Agreement {
  // Names, by the indices in the report.
  std::vector<std::string> people;
  // Answers up to this revision of the corpus count.
  uint64_t revision = 0;
  measure::AgreementReport report;
  // Why the report has no rates; empty where it has.
  std::string no_rates_reason;
  // Sentences that a reader of the report must know.
  std::vector<std::string> caveats;
};

// InvalidArgument with everything that is wrong; NotFound (UNKNOWN_DATASET) naming every unknown
// data set; InvalidArgument (UNKNOWN_LABEL) for labels that are in none of them; FailedPrecondition
// when nothing is shared. Thread-safe.
absl::StatusOr<Agreement> MeasureAgreement(const AnnotationServiceClient& annotation,
                                           const AgreementRequest& request);

}  // namespace winnow::evaluation

// Figures of a model on a gold set.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/measure/figures.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/annotation_service_client.h"

namespace winnow::evaluation {

struct GoldRequest {
  // "name" or "name@N".
  std::string model;
  std::string dataset;
  // Empty means the labels of the model.
  std::vector<std::string> labels;
};

// How a version did on the complete annotations of a data set.
struct GoldFigure {
  measure::GoldCounts counts;
  // "name@N".
  std::string version;
  std::string dataset;
  // Answers up to this revision of the corpus count.
  uint64_t revision = 0;
  // Texts left out because the version or an ancestor was trained on them.
  uint64_t num_leaked = 0;
  uint64_t num_ignored = 0;
  // Sentences that a reader of the figure must know.
  std::vector<std::string> caveats;
};

// Counts exact spans on the texts of the data set that are completely annotated for at least one of
// the labels, without those that the model was trained on. InvalidArgument with everything that is
// wrong; NotFound (UNKNOWN_MODEL, UNKNOWN_DATASET); FailedPrecondition when no text is left to
// measure on; Cancelled soon after `is_cancelled`. Thread-safe.
absl::StatusOr<GoldFigure> EvaluateOnGold(models::ModelCache& models,
                                          const models::ModelStore& store,
                                          const AnnotationServiceClient& annotation,
                                          const GoldRequest& request,
                                          absl::FunctionRef<bool()> is_cancelled);

}  // namespace winnow::evaluation

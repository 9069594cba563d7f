// Where the outputs of two models differ: what people are asked about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "services/evaluation/predict.h"
#include "services/evaluation/request_check.h"
#include "winnow/annotation/v1/annotation.pb.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::evaluation {

struct Differences {
  // Texts compared: all of the source up to the revision, each split key once, but those that a
  // model was trained on.
  uint64_t num_texts = 0;
  uint64_t num_trained_on = 0;
  // One per text whose outputs differ, in the order in which they are asked.
  std::vector<annotation::v1::ComparisonTask> tasks;
  // Tasks that the data set has answered up to the revision.
  uint64_t num_answered_before = 0;
  // Versions whose training texts are not known.
  std::vector<std::string> unknown_lineage;
};

// Runs both models over the texts of `run`'s source that came up to its start_revision, restricted
// to its labels. The order of texts and of sides comes from its seed: equal runs give equal tasks.
// NotFound (UNKNOWN_SOURCE); Cancelled.
absl::StatusOr<Differences> FindDifferences(const storage::v1::ComparisonRun& run, const Model& a,
                                            const Model& b, const models::ModelStore& store,
                                            const corpus::CorpusReader& reader,
                                            const IsCancelled& is_cancelled);

}  // namespace winnow::evaluation

// Figures of a model on a gold set.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "common/models/model_cache.h"
#include "common/models/model_store.h"
#include "winnow/common/v1/common.pb.h"

namespace winnow::evaluation {

// Exact-span figures of `model` on the texts of `dataset` that are completely annotated for at
// least one of `labels`, up to the revision; texts that the model was trained on are counted and
// left out. NotFound (UNKNOWN_DATASET); FailedPrecondition when no text is left to measure on.
absl::StatusOr<winnow::common::v1::Figure> MeasureOnGold(const models::LoadedModel& model,
                                                         const models::ModelStore& store,
                                                         const corpus::CorpusReader& reader,
                                                         uint64_t revision,
                                                         const std::string& dataset,
                                                         const std::vector<std::string>& labels);

}  // namespace winnow::evaluation

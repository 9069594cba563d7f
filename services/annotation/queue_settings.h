// The settings of a queue: what is wrong with them, and what is found out when a queue is made.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::annotation {

// InvalidArgument with every wrong field.
absl::Status CheckSettings(const storage::v1::Queue& queue);

// Checks what the queue names: NotFound for an unknown model, source or data set, InvalidArgument
// (UNKNOWN_LABEL) for a label that the model does not know. Then sets what its first audit frame is
// made from. A queue of comparisons names nothing yet.
absl::Status Prepare(const corpus::Corpus& corpus, models::ModelCache& models,
                     storage::v1::Queue& queue);

}  // namespace winnow::annotation

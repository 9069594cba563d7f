// The settings of a queue: what is wrong with them, and what is found out when a queue is made.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/corpus/corpus.h"
#include "common/models/model_cache.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::annotation {

// What an empty model or source of a queue means: an error, or what is yet to be imported and
// cannot be checked.
enum class Empty { kIsMissing, kIsToCome };

// InvalidArgument with every wrong field.
absl::Status CheckSettings(const storage::v1::Queue& queue, Empty empty = Empty::kIsMissing);

// Checks what the queue names: NotFound for an unknown model, source or data set, InvalidArgument
// (UNKNOWN_LABEL) for a label that neither the model knows nor the patterns ask about, or that no
// data set under review has. Then sets what the first audit frame of a teach queue is made from, if
// the model knows any of the labels. A queue of comparisons names nothing yet.
absl::Status Prepare(const corpus::Corpus& corpus, models::ModelCache& models, Empty empty,
                     storage::v1::Queue& queue);

}  // namespace winnow::annotation

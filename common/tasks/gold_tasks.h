// Tasks of which the right answer is known: what gold checks ask (checks.h).
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "common/corpus/reader.h"
#include "winnow/storage/v1/tasks.pb.h"

namespace winnow::tasks {

// So many are kept of larger gold sets, drawn by a hash.
inline constexpr size_t kMaxGoldTasks = 1000;

// Tasks of the queue's kind and labels from what stands in its gold data sets, each with its check
// and, instead of the id of a task, one that tells it from the others; sorted by it.
// * Queues that ask about single spans: of a yes or no the same question. Of a complete annotation
//   each span, to be accepted, and beside it one a token longer or shorter, to be rejected.
// * Queues whose texts are marked: complete annotations of all labels of the queue.
// Later answers to the same correct earlier ones. Empty where the data sets have nothing of the
// kind. NotFound with the nearest names for a data set that there is not.
absl::StatusOr<std::vector<storage::v1::Task>> ReadGoldTasks(const storage::v1::Queue& queue,
                                                             const corpus::CorpusReader& reader);

}  // namespace winnow::tasks

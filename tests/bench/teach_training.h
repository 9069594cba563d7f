// The trainings of simulated teaching: base models, and batch trainings on answers, as the product
// trains them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/training.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::bench {

// Trains on `texts` and on `replayed` ones, from a parent if there is one, with one thread; `seed`
// of the learner's defaults counts. Errors of training::TrainModel.
absl::StatusOr<ner::TrainingResult> TrainOn(const std::vector<std::string>& labels,
                                            absl::Span<const storage::v1::LabelledText> texts,
                                            absl::Span<const storage::v1::LabelledText> replayed,
                                            const ner::Parent& parent,
                                            const ner::LearnerOptions& learner);

}  // namespace winnow::bench

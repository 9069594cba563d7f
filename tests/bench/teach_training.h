// The trainings of simulated teaching: base models, and batch trainings on answers, by the steps of
// common/ner that services/training takes with its default settings.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/ner/supervision.h"
#include "common/ner/training.h"
#include "winnow/storage/v1/records.pb.h"

namespace winnow::bench {

struct TrainingOptions {
  // Seed and fixed labels are set by the caller of TrainOn.
  ner::LearnerOptions learner;
  // Of texts about which only rejects are known. >= 0.
  double reject_weight = ner::kRejectWeight;
};

// Trains on `texts` and on `replayed` ones, from a parent if there is one, and calibrates on a
// quarter of `texts` by a model that has not seen them. What the parent knows of the fixed labels
// is rehearsed. Errors of ner::Compile and ner::Train.
absl::StatusOr<ner::TrainingResult> TrainOn(const std::vector<std::string>& labels,
                                            absl::Span<const storage::v1::LabelledText> texts,
                                            absl::Span<const storage::v1::LabelledText> replayed,
                                            const ner::Parent& parent,
                                            const TrainingOptions& options);

}  // namespace winnow::bench

// What is wrong with the request for a training.
#pragma once

#include "absl/status/status.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// InvalidArgument with everything that is wrong, field by field.
absl::Status CheckSpec(const storage::v1::TrainingSpec& spec,
                       const storage::v1::TrainingFiles& files);

}  // namespace winnow::training

// What a client asks of a training: its checks and its defaults.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/status.h"
#include "winnow/training/v1/training.pb.h"

namespace winnow::training {

// Everything that is wrong with a spec, field by field.
absl::Status CheckSpec(const v1::TrainingSpec& spec);

// InvalidArgument for those of the spec's labels that differ from one of the parent's `known` in
// case or white space only: the model would learn them as strangers that compete for the same
// words.
absl::Status CheckLabelsAgainst(const std::vector<std::string>& known,
                                const v1::TrainingSpec& spec);

// Words are to be learnt, and no version to be made.
bool IsPoolAlone(const v1::TrainingSpec& spec);

// The spec as it is told: without patterns and lexicon, which may be large.
v1::TrainingSpec Told(v1::TrainingSpec spec);

// The parent is nothing.
bool IsFromNothing(const v1::TrainingSpec& spec);

// Passes over the data.
int Epochs(const v1::TrainingSpec& spec);

}  // namespace winnow::training

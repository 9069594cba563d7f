// The request for a training: what it means, with its defaults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/text/split_key.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// Adds those of the spec's labels that differ from one of `known`, or from one before them, in case
// or white space only.
void CheckLabelsDiffer(const std::vector<std::string>& known, const storage::v1::TrainingSpec& spec,
                       Violations& violations);

// InvalidArgument for those of the spec's labels that differ from one of the parent's `known` in
// case or white space only: the model would learn them as strangers that compete for the same
// words.
absl::Status CheckLabelsAgainst(const std::vector<std::string>& known,
                                const storage::v1::TrainingSpec& spec);

// The words of a pool are to be learnt, and no version to be made.
bool IsPoolAlone(const storage::v1::TrainingSpec& spec, const storage::v1::TrainingFiles& files);

// There is no parent: the training starts from a blank model.
bool IsFromNothing(const storage::v1::TrainingSpec& spec);

// The word classes of all vectors. They point into `files`.
std::vector<absl::string_view> LexiconsOf(const storage::v1::TrainingFiles& files);

std::vector<std::string> LabelsOf(const storage::v1::TrainingSpec& spec);
std::vector<std::string> DatasetsOf(const storage::v1::TrainingSpec& spec);
// The gold sets.
std::vector<std::string> EvalDatasetsOf(const storage::v1::TrainingSpec& spec);

// Share of all texts that is held out of every training.
inline constexpr double kHoldout = static_cast<double>(text::kHoldoutBuckets) / text::kNumBuckets;
// Share of texts held out by the spec: buckets below 1000 times this are never trained on. At least
// kHoldout.
double HoldoutShare(const storage::v1::TrainingSpec& spec);
// Share of texts that the figures are measured on.
double EvalShare(const storage::v1::TrainingSpec& spec);
// The text lies in the first `share` of the buckets.
bool InShare(uint64_t split_key, double share);

}  // namespace winnow::training

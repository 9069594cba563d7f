// training_keys.bin: the split keys of all texts that a version and its ancestors were trained on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/models/model_store.h"

namespace winnow::models {

// Sorted, distinct split keys (common/text/split_key.h).
using TrainingKeys = std::vector<uint64_t>;

// 8 bytes per key, big-endian, ascending.
std::string SerializeTrainingKeys(TrainingKeys keys);
// InvalidArgument for anything else.
absl::StatusOr<TrainingKeys> ParseTrainingKeys(absl::string_view bytes);

// Of a version. NotFound when its artefact has none (a stripped or foreign model): a leak can then
// not be excluded.
absl::StatusOr<TrainingKeys> ReadTrainingKeys(const ModelStore& store, const VersionName& version);

}  // namespace winnow::models

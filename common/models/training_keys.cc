#include "common/models/training_keys.h"

#include <algorithm>

#include "common/base/status.h"

namespace winnow::models {

std::string SerializeTrainingKeys(TrainingKeys keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::string bytes;
  bytes.reserve(keys.size() * sizeof(uint64_t));
  for (const uint64_t key : keys) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(key >> shift));
  }
  return bytes;
}

absl::StatusOr<TrainingKeys> ParseTrainingKeys(absl::string_view bytes) {
  const auto damaged = [] {
    return WithReason(absl::InvalidArgumentError("training_keys.bin is damaged"), "CORRUPT_MODEL");
  };
  if (bytes.size() % sizeof(uint64_t) != 0) return damaged();
  TrainingKeys keys;
  keys.reserve(bytes.size() / sizeof(uint64_t));
  for (size_t i = 0; i < bytes.size(); i += sizeof(uint64_t)) {
    uint64_t key = 0;
    for (size_t b = 0; b < sizeof(uint64_t); ++b)
      key = key << 8 | static_cast<uint8_t>(bytes[i + b]);
    if (!keys.empty() && keys.back() >= key) return damaged();
    keys.push_back(key);
  }
  return keys;
}

absl::StatusOr<TrainingKeys> ReadTrainingKeys(const ModelStore& store, const VersionName& version) {
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes,
                          store.ReadVersionFile(version, kTrainingKeysFile));
  return ParseTrainingKeys(bytes);
}

}  // namespace winnow::models

// ModelPublisher: texts taken out of the replays of versions.
#include "common/base/file.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/models/model_store.h"
#include "common/models/replay.h"
#include "common/text/split_key.h"

namespace winnow::models {

absl::StatusOr<uint64_t> ModelPublisher::EraseFromReplay(const VersionName& version,
                                                         const std::set<uint64_t>& split_keys) {
  const absl::StatusOr<std::string> bytes = store_.ReadVersionFile(version, kReplayFile);
  if (absl::IsNotFound(bytes.status())) return 0;
  if (!bytes.ok()) return bytes.status();
  WINNOW_ASSIGN_OR_RETURN(std::vector<storage::v1::LabelledText> examples, ParseReplay(*bytes));
  const uint64_t num_erased =
      std::erase_if(examples, [&](const storage::v1::LabelledText& example) {
        return split_keys.contains(text::SplitKey(example.text()));
      });
  if (num_erased == 0) return 0;

  const std::string rest = SerializeReplay(examples);
  WINNOW_ASSIGN_OR_RETURN(Manifest manifest, store_.GetManifest(version));
  manifest.files[std::string(kReplayFile)] = {rest.size(), Sha256Hex(rest)};
  // The manifest first: after a break the texts are still found, and both are written again.
  const std::filesystem::path directory = store_.Directory(version);
  WINNOW_RETURN_IF_ERROR(
      WriteFileAtomically(directory / std::string(kManifestFile), manifest.ToJson()));
  WINNOW_RETURN_IF_ERROR(WriteFileAtomically(directory / std::string(kReplayFile), rest));
  return num_erased;
}

absl::StatusOr<std::vector<std::pair<VersionName, uint64_t>>> ModelPublisher::EraseFromReplays(
    const std::set<uint64_t>& split_keys) {
  MutexLock lock(mutex_);
  std::vector<std::pair<VersionName, uint64_t>> erased;
  for (const std::string& model : store_.ListModels()) {
    for (const uint64_t number : store_.ListVersions(model)) {
      const VersionName version{model, number};
      WINNOW_ASSIGN_OR_RETURN(const uint64_t num_erased, EraseFromReplay(version, split_keys));
      if (num_erased > 0) erased.emplace_back(version, num_erased);
    }
  }
  return erased;
}

}  // namespace winnow::models

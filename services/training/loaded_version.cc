#include "services/training/loaded_version.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/models/ancestry.h"
#include "common/models/replay.h"
#include "common/training/training_spec.h"

namespace winnow::training {

absl::StatusOr<std::shared_ptr<const LoadedVersion>> LoadVersion(const models::ModelStore& store,
                                                                 const models::VersionName& name) {
  auto version = std::make_shared<LoadedVersion>();
  version->name = name;
  WINNOW_ASSIGN_OR_RETURN(version->model, store.OpenModel(name));
  const absl::StatusOr<std::string> optimizer = store.ReadVersionFile(name, models::kOptimizerFile);
  if (optimizer.ok()) {
    WINNOW_ASSIGN_OR_RETURN(version->optimizer, ner::OptimizerState::Parse(*optimizer));
  }
  const absl::StatusOr<std::string> replay = store.ReadVersionFile(name, models::kReplayFile);
  if (replay.ok()) {
    WINNOW_ASSIGN_OR_RETURN(version->replay, models::ParseReplay(*replay));
  }
  absl::StatusOr<models::TrainingKeys> keys = models::ReadTrainingKeys(store, name);
  version->lineage_known = keys.ok();
  if (keys.ok()) version->keys = *std::move(keys);
  return version;
}

absl::StatusOr<Predecessors> LoadPredecessors(const models::ModelStore& store,
                                              const storage::v1::TrainingSpec& spec) {
  Predecessors result;
  if (!IsFromNothing(spec)) {
    WINNOW_ASSIGN_OR_RETURN(const models::VersionName name, store.Resolve(spec.parent()));
    WINNOW_ASSIGN_OR_RETURN(result.parent, LoadVersion(store, name));
  }
  result.baseline = result.parent;
  const absl::StatusOr<models::VersionName> serving = store.Resolve(spec.output());
  if (absl::IsNotFound(serving.status())) return result;
  WINNOW_RETURN_IF_ERROR(serving.status());
  result.serves = true;
  if (result.parent == nullptr || result.parent->name != *serving) {
    WINNOW_ASSIGN_OR_RETURN(result.baseline, LoadVersion(store, *serving));
  }
  return result;
}

std::vector<std::string> LearntBefore(const models::ModelStore& store, const Predecessors& before,
                                      const std::string& database_id) {
  std::vector<std::string> datasets;
  for (const auto& version : {before.parent, before.baseline}) {
    if (version == nullptr) continue;
    for (const models::Lineage& lineage : models::ReadAncestry(store, version->name).lineages) {
      if (lineage.database_id != database_id) continue;
      datasets.insert(datasets.end(), lineage.datasets.begin(), lineage.datasets.end());
    }
  }
  return datasets;
}

models::TrainingKeys UnitedKeys(const LoadedVersion* parent, const TrainingData& data) {
  models::TrainingKeys keys;
  if (parent != nullptr) keys = parent->keys;
  for (const TrainingText& text : data.texts) keys.push_back(text.split_key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace winnow::training

// A version with everything that a training takes from it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/models/model_store.h"
#include "common/models/training_keys.h"
#include "common/ner/model.h"
#include "common/ner/training.h"
#include "common/training/training_data.h"
#include "winnow/storage/v1/records.pb.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

struct LoadedVersion {
  models::VersionName name;
  std::shared_ptr<const ner::Model> model;
  // Absent, empty or unknown where the artefact came without the file.
  std::optional<ner::OptimizerState> optimizer;
  std::vector<storage::v1::LabelledText> replay;
  models::TrainingKeys keys;
  bool lineage_known = true;
};

// REQUIRES: ModelStore::Resolve has returned the name. CORRUPT_MODEL.
absl::StatusOr<std::shared_ptr<const LoadedVersion>> LoadVersion(const models::ModelStore& store,
                                                                 const models::VersionName& name);

// The versions that a new one is made from, and compared with; null where there is none.
struct Predecessors {
  std::shared_ptr<const LoadedVersion> parent;
  // What the new version would replace: the version of the output that serves, else the parent.
  std::shared_ptr<const LoadedVersion> baseline;
  // The output has a version that serves.
  bool serves = false;
};

// NotFound (UNKNOWN_MODEL) for an unknown parent; CORRUPT_MODEL.
absl::StatusOr<Predecessors> LoadPredecessors(const models::ModelStore& store,
                                              const storage::v1::TrainingSpec& spec);

// The data sets that the predecessors learnt from in this corpus.
std::vector<std::string> LearntBefore(const models::ModelStore& store, const Predecessors& before,
                                      const std::string& database_id);

// The split keys of everything that a version and its ancestors were trained on, sorted: those of
// the parent (may be null) and of the texts.
models::TrainingKeys UnitedKeys(const LoadedVersion* parent, const TrainingData& data);

}  // namespace winnow::training

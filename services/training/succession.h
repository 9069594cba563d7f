// Whether a new version may take the place of the one that serves under its name.
#pragma once

#include <string>
#include <vector>

#include "common/models/model_store.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

// A version to be.
struct Successor {
  const storage::v1::TrainingSpec* spec = nullptr;
  // "name@N"; empty for blank:en.
  std::string parent;
  std::vector<std::string> labels;
  // Of the corpus that it learns from.
  std::string database_id;
};

// Why the version is another model than `serving` and is to be kept apart from it, a sentence for
// people; empty where it succeeds it. A successor knows every label of `serving`, and either both
// descend from one version, or both learnt from a data set of the same corpus.
std::string WhyNoSuccessor(const models::ModelStore& store, const models::VersionName& serving,
                           const std::vector<std::string>& serving_labels,
                           const Successor& successor);

}  // namespace winnow::training

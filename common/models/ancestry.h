// What a version was made from, by the lineages of the store.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/models/lineage.h"
#include "common/models/model_store.h"

namespace winnow::models {

// A version and its ancestors, as far as they tell and the store has them.
struct Ancestry {
  // Digests of the manifests: of the version, its parent and so on, the last of which the store may
  // not have.
  std::set<std::string> digests;
  // Of the version, then of its parent and so on.
  std::vector<Lineage> lineages;
};

Ancestry ReadAncestry(const ModelStore& store, const VersionName& version);

}  // namespace winnow::models

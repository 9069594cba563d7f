#include "common/models/ancestry.h"

#include <utility>

namespace winnow::models {

Ancestry ReadAncestry(const ModelStore& store, const VersionName& version) {
  Ancestry ancestry;
  VersionName name = version;
  std::string expected;
  while (true) {
    const absl::StatusOr<std::string> digest = store.GetDigest(name);
    // The store may have another version of that name.
    if (!digest.ok() || (!expected.empty() && *digest != expected)) return ancestry;
    ancestry.digests.insert(*digest);
    const absl::StatusOr<std::string> json = store.ReadVersionFile(name, kLineageFile);
    if (!json.ok()) return ancestry;
    absl::StatusOr<Lineage> lineage = Lineage::Parse(*json);
    if (!lineage.ok()) return ancestry;
    const absl::StatusOr<Reference> parent = Reference::Parse(lineage->parent);
    expected = lineage->parent_digest;
    ancestry.lineages.push_back(*std::move(lineage));
    // A digest that was there already is no parent's: nobody can know it beforehand.
    if (expected.empty() || !ancestry.digests.insert(expected).second) return ancestry;
    if (!parent.ok() || !parent->number.has_value()) return ancestry;
    name = {parent->model, *parent->number};
  }
}

}  // namespace winnow::models

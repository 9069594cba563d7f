#include "services/training/succession.h"

#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/models/ancestry.h"

namespace winnow::training {
namespace {

using models::Ancestry;

// "data sets" of a corpus, of all generations.
std::set<std::string> DatasetsOf(const Ancestry& ancestry, const std::string& database_id) {
  std::set<std::string> datasets;
  for (const models::Lineage& lineage : ancestry.lineages) {
    if (lineage.database_id == database_id)
      datasets.insert(lineage.datasets.begin(), lineage.datasets.end());
  }
  return datasets;
}

bool Meet(const std::set<std::string>& a, const std::set<std::string>& b) {
  return absl::c_any_of(a, [&](const std::string& item) { return b.count(item) > 0; });
}

Ancestry AncestryOf(const models::ModelStore& store, const std::string& version) {
  const absl::StatusOr<models::VersionName> name = store.Resolve(version);
  return name.ok() ? models::ReadAncestry(store, *name) : Ancestry();
}

std::string Named(const std::set<std::string>& datasets) {
  return datasets.empty() ? "unknown texts" : absl::StrJoin(datasets, ", ");
}

}  // namespace

std::string WhyNoSuccessor(const models::ModelStore& store, const models::VersionName& serving,
                           const std::vector<std::string>& serving_labels,
                           const Successor& successor) {
  std::vector<std::string> lost;
  for (const std::string& label : serving_labels) {
    if (!absl::c_linear_search(successor.labels, label)) lost.push_back(label);
  }
  if (!lost.empty()) {
    return absl::StrCat(serving.ToString(), " serves and knows ", absl::StrJoin(lost, ", "),
                        ", which the new version does not");
  }
  const Ancestry old = models::ReadAncestry(store, serving);
  Ancestry parents;
  if (!successor.parent.empty()) parents = AncestryOf(store, successor.parent);
  if (Meet(old.digests, parents.digests)) return "";
  const std::set<std::string> learnt = DatasetsOf(old, successor.database_id);
  std::set<std::string> taught = DatasetsOf(parents, successor.database_id);
  taught.insert(successor.spec->datasets().begin(), successor.spec->datasets().end());
  if (Meet(learnt, taught)) return "";
  return absl::StrCat(serving.ToString(), " serves and is another model, made from ", Named(learnt),
                      ", not from ", Named(taught));
}

}  // namespace winnow::training

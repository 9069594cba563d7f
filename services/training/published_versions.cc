#include "services/training/published_versions.h"

#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/util/json_util.h"

namespace winnow::training {
std::optional<models::Lineage> LineageOf(const models::ModelStore& store,
                                         const models::VersionName& version) {
  const absl::StatusOr<std::string> json = store.ReadVersionFile(version, models::kLineageFile);
  if (!json.ok()) return std::nullopt;
  absl::StatusOr<models::Lineage> lineage = models::Lineage::Parse(*json);
  if (!lineage.ok()) return std::nullopt;
  return *std::move(lineage);
}

std::optional<PublishedVersion> FindPublished(const models::ModelStore& store,
                                              const std::string& model, absl::string_view job_id) {
  for (const uint64_t number : store.ListVersions(model)) {
    PublishedVersion version;
    version.name = {model, number};
    const std::optional<models::Lineage> lineage = LineageOf(store, version.name);
    if (!lineage.has_value() || lineage->job_id != job_id) continue;
    const absl::StatusOr<std::string> metrics =
        store.ReadVersionFile(version.name, models::kMetricsFile);
    if (metrics.ok() &&
        google::protobuf::util::JsonStringToMessage(*metrics, &version.report).ok()) {
      return version;
    }
  }
  return std::nullopt;
}

int CountGateSamples(const models::ModelStore& store, const std::string& digest,
                     const std::string& except) {
  int count = 0;
  for (const std::string& model : store.ListModels()) {
    for (const uint64_t number : store.ListVersions(model)) {
      const models::VersionName version{model, number};
      if (version.ToString() == except) continue;
      const std::optional<models::Lineage> lineage = LineageOf(store, version);
      count += lineage.has_value() && lineage->gate_sample == digest;
    }
  }
  return count;
}

}  // namespace winnow::training

// Finds earlier trainings by the lineages of published versions.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "common/models/lineage.h"
#include "common/models/model_store.h"
#include "winnow/storage/v1/training_records.pb.h"

namespace winnow::training {

struct PublishedVersion {
  models::VersionName name;
  // The report as it was measured, before aliases were moved.
  storage::v1::TrainingReport report;
};

// The version of `model` that a job published before the process died.
std::optional<PublishedVersion> FindPublished(const models::ModelStore& store,
                                              const std::string& model, absl::string_view job_id);

// How many versions, of any model, without `except`, the gate judged by the sample with this
// digest.
int CountGateSamples(const models::ModelStore& store, const std::string& digest,
                     const std::string& except);

// The lineage of a version; nothing where it tells none that can be read.
std::optional<models::Lineage> LineageOf(const models::ModelStore& store,
                                         const models::VersionName& version);

}  // namespace winnow::training

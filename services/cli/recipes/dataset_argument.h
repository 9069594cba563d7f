// DATASET on a command line, where it must be there already.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// NotFound (UNKNOWN_DATASET).
inline absl::StatusOr<annotation::v1::Dataset> GetDataset(const std::string& name,
                                                          Session& session) {
  annotation::v1::GetDatasetRequest request;
  request.set_name(name);
  return Call(session.annotation(), &annotation::v1::AnnotationService::Stub::GetDataset, request);
}

// NotFound (UNKNOWN_DATASET) for one of the names that is no data set. `names`: strings.
template <typename Names>
absl::Status CheckDatasets(const Names& names, Session& session) {
  for (const std::string& name : names) {
    const absl::Status status = GetDataset(name, session).status();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace winnow::cli

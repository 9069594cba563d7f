// DATASET on a command line, where it must be there already.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// NotFound (UNKNOWN_DATASET) for one of the names that is no data set. `names`: strings.
template <typename Names>
absl::Status CheckDatasets(const Names& names, Session& session) {
  for (const std::string& name : names) {
    annotation::v1::GetDatasetRequest request;
    request.set_name(name);
    const auto dataset =
        Call(session.annotation(), &annotation::v1::AnnotationService::Stub::GetDataset, request);
    if (!dataset.ok()) return dataset.status();
  }
  return absl::OkStatus();
}

}  // namespace winnow::cli

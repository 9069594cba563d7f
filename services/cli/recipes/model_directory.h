// A model as a directory on this machine: into the services, and out of them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// True for a path that contains a '/' and for a directory here with a manifest.json.
bool IsModelDirectory(const std::string& argument);

enum class ImportMode {
  kImport,
  // The service checks the files and makes nothing.
  kCheck,
};

// Publishes the files of `directory` as a version of `name`.
absl::StatusOr<training::v1::ModelVersion> ImportModel(const std::string& directory,
                                                       const std::string& name, ImportMode mode,
                                                       Session& session);

// OK when an export may take the place of `directory`: it does not exist, is empty, or is an
// exported model (has a manifest.json), or `force`. FailedPrecondition otherwise.
absl::Status CheckExportTarget(const std::string& directory, bool force);

// Writes the files of a version into a directory beside `directory` and renames it into place, so
// that `directory` is the old or the new model, whole. Nothing is left behind on failure. REQUIRES:
// CheckExportTarget said OK.
absl::Status ExportModel(const std::string& version, const std::string& directory, Session& session,
                         Environment& environment);

}  // namespace winnow::cli

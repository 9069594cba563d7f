// MODEL on a command line: a name, a version, or an exported directory.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/command.h"

namespace winnow::cli {

// True for what contains a '/' and for a directory here with a manifest.json.
bool IsModelDirectory(const std::string& argument);

// The name that the services know a MODEL by. A directory is imported under its last part (the same
// files are imported once) and becomes "name@N"; anything else is returned as it is, and the
// services say whether it exists.
absl::StatusOr<std::string> ResolveModel(const std::string& argument, Session& session,
                                         Environment& environment);

// "name@N" of a MODEL, so that it stays the same when `serving` moves.
absl::StatusOr<std::string> ResolveVersion(const std::string& argument, Session& session,
                                           Environment& environment);

// Publishes the files of `directory` as a version of `name`.
absl::StatusOr<training::v1::ModelVersion> ImportModel(const std::string& directory,
                                                       const std::string& name, Session& session);

// OK when an export may take the place of `directory`: it does not exist, is empty, or is an
// exported model (has a manifest.json), or `force`. FailedPrecondition otherwise.
absl::Status CheckExportTarget(const std::string& directory, bool force);

// Writes the files of a version into a directory beside `directory` and renames it into place, so
// that `directory` is the old or the new model, whole. Nothing is left behind on failure. REQUIRES:
// CheckExportTarget said OK.
absl::Status ExportModel(const std::string& version, const std::string& directory, Session& session,
                         Environment& environment);

}  // namespace winnow::cli

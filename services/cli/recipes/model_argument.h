// MODEL on a command line: a name, a version, or an exported directory.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The help of it.
inline constexpr char kModelHelp[] = "a name, name@N or an exported directory";

// A MODEL that was checked. Nothing is imported before Import, so that a command can check
// everything else first.
class ModelArgument {
 public:
  // InvalidArgument, naming the directory, for one that is no model; NotFound (UNKNOWN_MODEL) for a
  // name that is none. "blank:en" stands for no model.
  static absl::StatusOr<ModelArgument> Check(const std::string& argument, Session& session);

  // What the services know it by; empty for a directory that is yet to be imported.
  const std::string& name() const { return name_; }
  // The same; a bare name is the version that serves now, so that it stays the same when `serving`
  // moves.
  const std::string& version() const { return version_; }

  // InvalidArgument (UNKNOWN_LABEL) for a label that a directory yet to be imported does not know,
  // unless it is in `others`; of all other models the services say so.
  absl::Status CheckLabels(const std::vector<std::string>& labels,
                           const std::vector<std::string>& others = {}) const;

  // Imports a directory that is yet to be imported, under its last part, as "name@N"; name() and
  // version() are complete then.
  absl::Status Import(Session& session, Environment& environment);

 private:
  std::string name_;
  std::string version_;
  // Empty for a name.
  std::string directory_;
  std::vector<std::string> labels_;
};

// Check and Import, for recipes that have nothing else to check.
absl::StatusOr<ModelArgument> ResolveModel(const std::string& argument, Session& session,
                                           Environment& environment);

}  // namespace winnow::cli

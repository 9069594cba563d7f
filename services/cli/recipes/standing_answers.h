// The answers of a data set that count.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// In the order of their revisions, without those that were taken back and surplus ones. NotFound
// for an unknown data set.
absl::StatusOr<std::vector<annotation::v1::Answer>> ListStandingAnswers(Session& session,
                                                                        const std::string& dataset);

}  // namespace winnow::cli

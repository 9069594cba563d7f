// Word classes made of a file of word vectors.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/cli/shell/environment.h"
#include "services/cli/shell/session.h"

namespace winnow::cli {

// The lexicon that the training service makes of the vectors at `path`, of which no more is sent
// than it reads. InvalidArgument, naming the file, when it is not vectors in text format.
absl::StatusOr<std::string> ClassesOfVectors(const std::string& path, uint64_t seed,
                                             Session& session, Environment& environment);

}  // namespace winnow::cli

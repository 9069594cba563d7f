// What the files of a version must be before it is published: anybody may have written them.
#pragma once

#include "absl/status/status.h"
#include "common/models/manifest.h"

namespace winnow::models {

// The files are those of the manifest, each can be read by whoever will use it, and they agree: the
// manifest and the optimiser's state belong to the model, the spans of replayed texts lie in these.
// InvalidArgument (CORRUPT_MODEL) with everything that is wrong, file by file.
absl::Status CheckVersion(const Manifest& manifest, const Files& files);

}  // namespace winnow::models

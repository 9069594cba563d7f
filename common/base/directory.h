// Directories that are there whole or not at all.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "absl/status/status.h"

namespace winnow {

// Makes the directory `destination` of these files, by name. They are written into `temporary`,
// beside it and emptied before, synced and renamed, so that readers see all or nothing, also after
// a crash, which may leave `temporary`. An error before that leaves nothing. REQUIRES: no
// `destination`.
absl::Status WriteDirectory(const std::filesystem::path& temporary,
                            const std::filesystem::path& destination,
                            const std::map<std::string, std::string>& files);

}  // namespace winnow

// The real data sets, for the tests that need them.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace winnow::integration {

// The content of the file `name`, relative to the directory in the environment variable
// WINNOW_DATA. NotFound, which says what to do, where the variable is not set or names no such
// file: the test then skips itself. Thread-safe while nobody changes the environment.
inline absl::StatusOr<std::string> ReadRealData(const std::string& name) {
  const char* directory = std::getenv("WINNOW_DATA");
  if (directory == nullptr) {
    return absl::NotFoundError("no real data: set WINNOW_DATA to the directory of the data sets");
  }
  const std::filesystem::path path = std::filesystem::path(directory) / name;
  if (std::filesystem::exists(path)) return ReadFile(path);
  return absl::NotFoundError(absl::StrCat("no real data: ", path.string(), " is not there"));
}

}  // namespace winnow::integration

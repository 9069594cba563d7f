// A directory of a test's own, removed with everything in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "common/base/file.h"

namespace winnow::integration {

// Not thread-safe.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "winnow-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  // Writes a file and returns its path.
  absl::StatusOr<std::string> Write(const std::string& name, absl::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    const absl::Status written = WriteFileDurably(path_ / name, content);
    if (!written.ok()) return written;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace winnow::integration

// Files that are too large to be held: written and read in pieces.
#pragma once

#include <filesystem>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow {

// Movable. Not thread-safe.
class PiecewiseFile {
 public:
  // One that is there, for reading.
  static absl::StatusOr<PiecewiseFile> Open(const std::filesystem::path& path);
  // An empty one in a directory, which must exist: without a name, so that nothing of it is left
  // however the process ends.
  static absl::StatusOr<PiecewiseFile> MakeNameless(const std::filesystem::path& directory);

  PiecewiseFile(PiecewiseFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  PiecewiseFile& operator=(PiecewiseFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~PiecewiseFile();

  // Appends. REQUIRES: it has no name.
  absl::Status Add(absl::string_view piece);
  // Passes on all there is, from the beginning and in pieces of at most 256 KiB, until `take`
  // fails.
  absl::Status Read(const std::function<absl::Status(absl::string_view)>& take) const;

 private:
  explicit PiecewiseFile(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace winnow

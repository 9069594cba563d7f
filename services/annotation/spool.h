// A file that comes over the network, until it can be worked on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow::annotation {

// On disk, without a name, so that nothing of it is left however the process ends. Movable. Not
// thread-safe.
class Spool {
 public:
  // In a directory, which must exist.
  static absl::StatusOr<Spool> Make(const std::filesystem::path& directory);
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&&) = delete;
  ~Spool();

  absl::Status Add(absl::string_view piece);
  uint64_t num_bytes() const { return num_bytes_; }
  // All that was added.
  absl::StatusOr<std::string> ReadAll() const;

 private:
  explicit Spool(int fd) : fd_(fd) {}

  int fd_;
  uint64_t num_bytes_ = 0;
};

}  // namespace winnow::annotation

#include "services/annotation/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "common/base/status.h"

namespace winnow::annotation {
namespace {

absl::Status Failed(absl::string_view what) { return absl::ErrnoToStatus(errno, what); }

}  // namespace

absl::StatusOr<Spool> Spool::Make(const std::filesystem::path& directory) {
  std::string name = (directory / "upload-XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return Failed("cannot keep the file that is uploaded");
  unlink(name.c_str());
  return Spool(fd);
}

Spool::Spool(Spool&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), num_bytes_(other.num_bytes_) {}

Spool::~Spool() {
  if (fd_ >= 0) close(fd_);
}

absl::Status Spool::Add(absl::string_view piece) {
  while (!piece.empty()) {
    const ssize_t n = write(fd_, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot keep the file that is uploaded");
    num_bytes_ += static_cast<uint64_t>(n);
    piece.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Spool::ReadAll() const {
  std::string content(num_bytes_, '\0');
  for (size_t at = 0; at < content.size();) {
    const ssize_t n = pread(fd_, content.data() + at, content.size() - at, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Failed("cannot read the file that was uploaded");
    at += static_cast<size_t>(n);
  }
  return content;
}

}  // namespace winnow::annotation

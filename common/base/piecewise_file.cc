#include "common/base/piecewise_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace winnow {
namespace {

absl::Status Failed(absl::string_view what) { return absl::ErrnoToStatus(errno, what); }

}  // namespace

absl::StatusOr<PiecewiseFile> PiecewiseFile::Open(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(absl::StrCat("cannot open ", path.string()));
  return PiecewiseFile(fd);
}

absl::StatusOr<PiecewiseFile> PiecewiseFile::MakeNameless(const std::filesystem::path& directory) {
  std::string name = (directory / "upload-XXXXXX").string();
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return Failed(absl::StrCat("cannot make a file in ", directory.string()));
  unlink(name.c_str());
  return PiecewiseFile(fd);
}

PiecewiseFile::~PiecewiseFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status PiecewiseFile::Add(absl::string_view piece) {
  while (!piece.empty()) {
    const ssize_t n = write(fd_, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot write to a temporary file");
    piece.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status PiecewiseFile::Read(const std::function<absl::Status(absl::string_view)>& take) const {
  constexpr size_t kPieceBytes = size_t{256} << 10;
  std::string piece(kPieceBytes, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = pread(fd_, piece.data(), piece.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed("cannot read a file");
    if (n == 0) return absl::OkStatus();
    WINNOW_RETURN_IF_ERROR(take(absl::string_view(piece).substr(0, static_cast<size_t>(n))));
    at += n;
  }
}

}  // namespace winnow

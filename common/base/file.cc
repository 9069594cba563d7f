#include "common/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/step.h"

namespace winnow {
namespace {

absl::Status ErrnoStatus(absl::string_view action, const std::filesystem::path& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", action, " ", path.string()));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status WriteAndSync(int fd, absl::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ssize_t n = write(fd, content.data(), content.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("write", path);
    }
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (fsync(fd) != 0) return ErrnoStatus("sync", path);
  return absl::OkStatus();
}

// A file that gets its name when it is whole: of a process that dies before, nothing is left.
// Unimplemented where the file system has no such files.
absl::Status WriteNamelessFile(const std::filesystem::path& directory, absl::string_view content,
                               mode_t mode, const std::filesystem::path& name) {
  BeforeStep("write");
  Descriptor fd(open(directory.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode));
  if (fd.get() < 0) return absl::UnimplementedError("");
  WINNOW_RETURN_IF_ERROR(WriteAndSync(fd.get(), content, name));
  const std::string opened = absl::StrCat("/proc/self/fd/", fd.get());
  unlink(name.c_str());
  if (linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
    return absl::UnimplementedError("");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path) {
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoStatus("open", path);
  std::string content;
  char buffer[1 << 16];
  while (true) {
    const ssize_t n = read(fd.get(), buffer, sizeof buffer);
    if (n == 0) return content;
    if (n < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("read", path);
    }
    content.append(buffer, static_cast<size_t>(n));
  }
}

absl::Status WriteFileDurably(const std::filesystem::path& path, absl::string_view content,
                              mode_t mode) {
  BeforeStep("write");
  Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (fd.get() < 0) return ErrnoStatus("create", path);
  return WriteAndSync(fd.get(), content, path);
}

absl::Status SyncDirectory(const std::filesystem::path& directory) {
  Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoStatus("open", directory);
  if (fsync(fd.get()) != 0) return ErrnoStatus("sync", directory);
  return absl::OkStatus();
}

absl::Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  BeforeStep("rename");
  return rename(from.c_str(), to.c_str()) == 0 ? absl::OkStatus() : ErrnoStatus("rename to", to);
}

absl::Status WriteFileAtomically(const std::filesystem::path& path, absl::string_view content,
                                 mode_t mode) {
  const std::filesystem::path directory = path.has_parent_path() ? path.parent_path() : ".";
  std::filesystem::path temporary = path;
  temporary += absl::StrCat(".tmp", getpid());
  absl::Status written = WriteNamelessFile(directory, content, mode, temporary);
  if (absl::IsUnimplemented(written)) written = WriteFileDurably(temporary, content, mode);
  if (written.ok()) written = Rename(temporary, path);
  if (!written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  return SyncDirectory(directory);
}

absl::StatusOr<MappedFile> MappedFile::Open(const std::filesystem::path& path) {
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return ErrnoStatus("open", path);
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus("stat", path);
  MappedFile file;
  file.size_ = static_cast<size_t>(info.st_size);
  if (file.size_ == 0) return file;
  void* address = mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (address == MAP_FAILED) {
    file.size_ = 0;
    return ErrnoStatus("map", path);
  }
  file.data_ = static_cast<const char*>(address);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

absl::StatusOr<FileLock> FileLock::Take(const std::filesystem::path& file, absl::string_view what,
                                        mode_t mode) {
  FileLock lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode));
  if (lock.fd_ < 0) return ErrnoStatus("open", file);
  if (flock(lock.fd_, LOCK_EX | LOCK_NB) == 0) return lock;
  return absl::FailedPreconditionError(absl::StrCat(what, " is in use by another process"));
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace winnow

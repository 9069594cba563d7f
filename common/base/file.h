// Files: whole reads, durable atomic writes, read-only memory maps, locks.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace winnow {

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path);

// Writes beside `path`, fsyncs, renames over it and fsyncs the directory: readers see the old or
// the new content, also after a crash. `mode` are its permissions, less the umask.
absl::Status WriteFileAtomically(const std::filesystem::path& path, absl::string_view content,
                                 mode_t mode = 0644);

// Writes and fsyncs a new or existing file in place (for files inside a directory that is itself
// renamed later). `mode` is of a new one.
absl::Status WriteFileDurably(const std::filesystem::path& path, absl::string_view content,
                              mode_t mode = 0644);

// Of a file or a directory, over what is there.
absl::Status Rename(const std::filesystem::path& from, const std::filesystem::path& to);

// Makes a rename or creation inside `directory` durable.
absl::Status SyncDirectory(const std::filesystem::path& directory);

// A file mapped read-only. Movable; the bytes stay valid as long as the object lives, also when the
// file is unlinked or renamed. Thread-safe (immutable).
class MappedFile {
 public:
  static absl::StatusOr<MappedFile> Open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  absl::string_view bytes() const { return {data_, size_}; }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

// A lock that one process has at a time, until the object is gone or the process ends. Movable.
class FileLock {
 public:
  // Makes the file, which nobody deletes, if need be. FailedPrecondition ("`what` is in use by
  // another process") when it is taken.
  static absl::StatusOr<FileLock> Take(const std::filesystem::path& file, absl::string_view what,
                                       mode_t mode = 0644);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}

  // -1 when it was moved.
  int fd_;
};

}  // namespace winnow

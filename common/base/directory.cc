#include "common/base/directory.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;

absl::Status WriteAndRename(const fs::path& temporary, const fs::path& destination,
                            const std::map<std::string, std::string>& files) {
  for (const auto& [name, content] : files)
    WINNOW_RETURN_IF_ERROR(WriteFileDurably(temporary / name, content));
  WINNOW_RETURN_IF_ERROR(SyncDirectory(temporary));
  WINNOW_RETURN_IF_ERROR(Rename(temporary, destination));
  return SyncDirectory(temporary.parent_path());
}

}  // namespace

absl::Status WriteDirectory(const fs::path& temporary, const fs::path& destination,
                            const std::map<std::string, std::string>& files) {
  std::error_code error;
  fs::remove_all(temporary, error);
  if (!fs::create_directories(temporary, error)) {
    return absl::InternalError(
        absl::StrCat("cannot make ", temporary.string(), ": ", error.message()));
  }
  const absl::Status written = WriteAndRename(temporary, destination, files);
  if (!written.ok()) fs::remove_all(temporary, error);
  return written;
}

}  // namespace winnow

// Who may use the services, changed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/access/people_file.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mutex.h"

namespace winnow::access {

// The one writer of a people file. Thread-safe. Each change is on disk when it returns; services
// that follow the file know it within a second. A change that was made already is made again
// without harm; of two rotations the later token is good.
//
// The first to be added must be an admin, and there is always one who can sign in: a change that
// would leave none is refused (FailedPrecondition, NO_ADMIN). A name that is not known is NotFound
// (UNKNOWN_PERSON).
class PeopleWriter {
 public:
  // Makes the directory if need be and takes its lock. FailedPrecondition when another process has
  // it; the errors of ReadPeopleFile and Roster::Parse for a file that cannot be read.
  static absl::StatusOr<std::unique_ptr<PeopleWriter>> Open(
      const std::filesystem::path& directory, const Clock& clock = SystemClock::Get());

  // Returns the new person's token, which is never told again. InvalidArgument for what can be no
  // name; AlreadyExists (PERSON_EXISTS) for one who is there, or FailedPrecondition
  // (PERSON_REMOVED) for one who was.
  absl::StatusOr<std::string> Add(absl::string_view name, Role role);
  // From now on the old token is nobody's.
  absl::StatusOr<std::string> RotateToken(absl::string_view name);
  absl::Status Disable(absl::string_view name);
  absl::Status Enable(absl::string_view name);
  // InvalidArgument for a person who shall become a service, or the reverse.
  absl::Status SetRole(absl::string_view name, Role role);
  // For ever: the name stays that of the answers given under it.
  absl::Status Remove(absl::string_view name);

  absl::StatusOr<Person> Get(absl::string_view name) const;
  // By name, without those who were removed.
  std::vector<Person> List() const;

 private:
  PeopleWriter(std::filesystem::path file, FileLock lock, Roster roster, const Clock& clock)
      : file_(std::move(file)), lock_(std::move(lock)), clock_(clock), roster_(std::move(roster)) {}
  absl::Status Change(absl::string_view name, absl::FunctionRef<absl::Status(Person&)> change);
  absl::Status Replace(Roster next) WINNOW_REQUIRES(mutex_);

  const std::filesystem::path file_;
  const FileLock lock_;
  const Clock& clock_;
  mutable Mutex mutex_;
  Roster roster_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::access

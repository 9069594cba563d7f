// Who has signed out everywhere, and when.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace winnow::gateway {

// Kept in a file. Thread-safe.
class SignOuts {
 public:
  // Those of `keep` before a new one are forgotten: what they ended has expired. DataLoss for a
  // file that is none of these.
  static absl::StatusOr<std::unique_ptr<SignOuts>> Open(std::filesystem::path file,
                                                        absl::Duration keep);

  // All sign-ins of this person up to now have ended, also after a crash, once it has returned OK.
  absl::Status Add(absl::string_view name, absl::Time now);
  // Whether a sign-in of that time has ended.
  bool Includes(absl::string_view name, absl::Time issued) const;

 private:
  using Times = std::map<std::string, absl::Time, std::less<>>;
  SignOuts(std::filesystem::path file, absl::Duration keep, Times times)
      : file_(std::move(file)), keep_(keep), times_(std::move(times)) {}

  const std::filesystem::path file_;
  const absl::Duration keep_;
  mutable Mutex mutex_;
  Times times_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::gateway

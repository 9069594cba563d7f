// The keys of an issuer, as they change.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/repeating_thread.h"
#include "common/oidc/key_set.h"
#include "common/oidc/key_source.h"

namespace winnow::oidc {

// Keys that cannot be read, or are none, leave the ones before as they are. Thread-safe; no call
// waits for the file or the network but Refresh.
//
// Log: "oidc_keys_read" (info) when they have changed, "oidc_keys_not_read" (error), once for each
// reason.
class KeyFollower {
 public:
  // Nothing is read here; from then on it is looked every `poll` whether a reading is due, on a
  // thread of its own. `clock` must outlive it.
  KeyFollower(KeySource source, const Clock& clock, absl::Duration poll = absl::Milliseconds(200));

  // Null before the first keys.
  std::shared_ptr<const KeySet> Current() const;
  // A token names a key that is not among them: they are read again as soon as the source allows.
  void Want();
  // Reads if it is due: when the interval of the source is over, or its pause after a failure, or
  // when keys are wanted, and its pause since they were last read for that. Returns what came of
  // the last reading.
  absl::Status Refresh(const std::stop_token& stop = {});

 private:
  bool IsDue(absl::Time now) const WINNOW_REQUIRES(reading_);
  absl::Status Read(const std::stop_token& stop) WINNOW_REQUIRES(reading_);

  const KeySource source_;
  const Clock& clock_;

  // Taken before the other one.
  Mutex reading_;
  // What was read last, of those that could be.
  std::string json_ WINNOW_GUARDED_BY(reading_);
  absl::Status last_ WINNOW_GUARDED_BY(reading_);
  // When that was, by the steady clock, and when it was because keys were wanted.
  absl::Time last_time_ WINNOW_GUARDED_BY(reading_) = absl::InfinitePast();
  absl::Time last_wanted_ WINNOW_GUARDED_BY(reading_) = absl::InfinitePast();

  mutable Mutex mutex_;
  bool wanted_ WINNOW_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const KeySet> keys_ WINNOW_GUARDED_BY(mutex_);
  RepeatingThread thread_;
};

}  // namespace winnow::oidc

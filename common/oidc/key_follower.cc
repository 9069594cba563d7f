#include "common/oidc/key_follower.h"

#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"

namespace winnow::oidc {

KeyFollower::KeyFollower(KeySource source, const Clock& clock, absl::Duration poll)
    : source_(std::move(source)),
      clock_(clock),
      thread_(poll, [this](const std::stop_token& stop) { Refresh(stop).IgnoreError(); }) {}

std::shared_ptr<const KeySet> KeyFollower::Current() const {
  MutexLock lock(mutex_);
  return keys_;
}

void KeyFollower::Want() {
  {
    MutexLock lock(mutex_);
    wanted_ = true;
  }
  thread_.Wake();
}

bool KeyFollower::IsDue(absl::Time now) const {
  const absl::Duration passed = now - last_time_;
  if (passed >= source_.interval || (!last_.ok() && passed >= source_.pause)) return true;
  MutexLock lock(mutex_);
  return wanted_ && now - last_wanted_ >= source_.pause;
}

absl::Status KeyFollower::Refresh(const std::stop_token& stop) {
  MutexLock reading(reading_);
  const absl::Time now = clock_.SteadyNow();
  if (!IsDue(now)) return last_;
  {
    // Before the reading: what is wanted meanwhile may have been missed by it.
    MutexLock lock(mutex_);
    if (wanted_) last_wanted_ = now;
    wanted_ = false;
  }
  const absl::Status read = Read(stop);
  last_time_ = clock_.SteadyNow();
  if (stop.stop_requested()) return read;
  if (!read.ok() && read.message() != last_.message())
    LogEvent(LogLevel::kError, "oidc_keys_not_read", {{"error", read.message()}});
  last_ = read;
  return read;
}

absl::Status KeyFollower::Read(const std::stop_token& stop) {
  WINNOW_ASSIGN_OR_RETURN(std::string json, source_.read(stop));
  if (json == json_) return absl::OkStatus();
  WINNOW_ASSIGN_OR_RETURN(KeySet keys, KeySet::Parse(json));
  LogEvent(LogLevel::kInfo, "oidc_keys_read", {{"keys", keys.size()}});
  auto next = std::make_shared<const KeySet>(std::move(keys));
  {
    MutexLock lock(mutex_);
    // The old ones are freed after the lock.
    keys_.swap(next);
  }
  json_ = std::move(json);
  return absl::OkStatus();
}

}  // namespace winnow::oidc

#include "common/access/throttle.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace winnow::access {

std::string AddressOf(absl::string_view peer) {
  constexpr size_t kMaxBytes = 128;
  if (absl::StartsWith(peer, "ipv4:") || absl::StartsWith(peer, "ipv6:"))
    peer = peer.substr(0, std::max<size_t>(peer.rfind(':'), 5));
  return std::string(peer.substr(0, kMaxBytes));
}

absl::Duration Throttle::Fail(absl::string_view address) {
  const absl::Time now = clock_.SteadyNow();
  MutexLock lock(mutex_);
  const auto known = by_address_.find(address);
  if (known != by_address_.end()) {
    buckets_.splice(buckets_.begin(), buckets_, known->second);
  } else {
    buckets_.push_front({std::string(address), now});
    by_address_.emplace(buckets_.front().address, buckets_.begin());
    if (buckets_.size() > kMaxAddresses) {
      by_address_.erase(buckets_.back().address);
      buckets_.pop_back();
    }
  }
  Bucket& bucket = buckets_.front();
  const absl::Time full = std::max(bucket.full, now) + kInterval;
  const absl::Duration wait = full - now - kBurst * kInterval;
  if (wait > absl::ZeroDuration()) return wait;
  bucket.full = full;
  return absl::ZeroDuration();
}

size_t Throttle::num_addresses() const {
  MutexLock lock(mutex_);
  return buckets_.size();
}

}  // namespace winnow::access

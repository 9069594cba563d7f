// Slows down whoever fails again and again.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace winnow::access {

// The address of a gRPC peer, without the port, which changes with every connection:
// "ipv4:192.0.2.1:50412" is "ipv4:192.0.2.1". Of anything else all of it, at most 128 bytes.
std::string AddressOf(absl::string_view peer);

// A token bucket per address: kBurst failures at once, then one per kInterval. Kept is, per
// address, when its bucket is full again (the generic cell rate algorithm, ITU-T I.371). Knows the
// kMaxAddresses that failed last. Thread-safe.
class Throttle {
 public:
  static constexpr int kBurst = 10;
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  static constexpr size_t kMaxAddresses = 10'000;

  explicit Throttle(const Clock& clock) : clock_(clock) {}

  // Somebody at `address` has failed. Zero when that is within the bounds, and then it counts; else
  // how long until the next one is.
  absl::Duration Fail(absl::string_view address);

  // That it knows.
  size_t num_addresses() const;

 private:
  struct Bucket {
    std::string address;
    absl::Time full;
  };

  const Clock& clock_;
  mutable Mutex mutex_;
  // The one that failed last first.
  std::list<Bucket> buckets_ WINNOW_GUARDED_BY(mutex_);
  // The keys are those of the buckets.
  std::map<absl::string_view, std::list<Bucket>::iterator> by_address_ WINNOW_GUARDED_BY(mutex_);
};

}  // namespace winnow::access

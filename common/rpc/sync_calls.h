// How many calls of the sync API are under way in a process, and may be.
#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"

namespace winnow::rpc {

// Each holds a thread of its server (ServerOptions::max_threads).
inline constexpr int kMaxSyncCalls = 512;

// Thread-safe.
class SyncCalls {
 public:
  explicit SyncCalls(int max_calls) : max_calls_(max_calls) {}

  // A call, from its beginning to its end. Not thread-safe.
  class Place {
   public:
    // `calls` must outlive it.
    explicit Place(SyncCalls& calls)
        : calls_(calls), is_taken_(calls.num_calls_.fetch_add(1) < calls.max_calls_) {}
    ~Place() { calls_.num_calls_.fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // ResourceExhausted, with the time after which to try again, when as many calls are under way
    // as there may be.
    absl::Status Check() const {
      if (is_taken_) return absl::OkStatus();
      constexpr absl::Duration kComeBack = absl::Seconds(1);
      return WithRetryAfter(absl::ResourceExhaustedError(absl::StrCat(
                                "as many calls are under way as there may be (", calls_.max_calls_,
                                "); try again in ", absl::FormatDuration(kComeBack))),
                            kComeBack);
    }

   private:
    SyncCalls& calls_;
    const bool is_taken_;
  };

 private:
  const int max_calls_;
  // Those that are being refused, too.
  std::atomic<int> num_calls_ = 0;
};

}  // namespace winnow::rpc

// The streams of the callback API that are open in a process: how many there may be, and one thread
// that looks after them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/repeating_thread.h"

namespace winnow::rpc {

inline constexpr size_t kMaxStreams = 1000;

struct StreamLimits {
  size_t max_streams = kMaxStreams;
  // How long a client may leave a message unread before it is dropped.
  absl::Duration max_stall = absl::Minutes(1);
};

// One look at all streams.
struct StreamTurn {
  uint64_t number = 0;
  // Steady.
  absl::Time now;
};

// A stream as Streams sees it. Thread-safe.
class OpenStream {
 public:
  virtual ~OpenStream() = default;
  // Called every interval by one thread, and soon after the stream was added.
  virtual void LookAfter(const StreamTurn& turn) = 0;
  // Ends the stream.
  virtual void Close(const absl::Status& status) = 0;
};

// Thread-safe.
class Streams {
 public:
  // Looks after them every `interval`; `clock` must outlive it.
  Streams(const Clock& clock, const StreamLimits& limits,
          absl::Duration interval = absl::Milliseconds(100));
  // Stops. REQUIRES: nobody calls any more.
  ~Streams();

  // ResourceExhausted, with the time after which to try again, when there are as many as there may
  // be; Unavailable after Stop.
  absl::Status Add(const std::shared_ptr<OpenStream>& stream);
  // Nothing for one that was not added.
  void Remove(const std::shared_ptr<OpenStream>& stream);

  // The service shuts down: all streams end (Unavailable), and none is added any more.
  void Stop();

  const Clock& clock() const { return clock_; }
  absl::Duration max_stall() const { return limits_.max_stall; }

 private:
  using Set = std::set<std::shared_ptr<OpenStream>>;

  void LookAfterAll();
  Set Current();

  const Clock& clock_;
  const StreamLimits limits_;
  Mutex mutex_;
  Set streams_ WINNOW_GUARDED_BY(mutex_);
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  // The watcher's.
  StreamTurn turn_;
  RepeatingThread watcher_;
};

}  // namespace winnow::rpc

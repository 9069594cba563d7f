// The open connections of a server: how many there may be, and one thread that looks after them
// all.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/base/repeating_thread.h"

namespace winnow::http {

class Connections;

// One of them, from before its first byte until before its socket is closed. Thread-safe.
class OpenConnection {
 public:
  ~OpenConnection();

  // Nothing is asked for: it may be idle until `limit` from now, or until the server stops.
  void Rest(absl::Duration limit);
  // What is awaited now takes no longer than `limit`; else the socket is shut down, which ends it.
  void Expect(absl::Duration limit);
  // The client owes nothing: an answer is being made, for as long as it takes.
  void Work();
  // See Exchange::WhenGone.
  void WhenGone(std::function<void()> gone);

 private:
  friend class Connections;
  OpenConnection(Connections& all, int socket) : all_(all), socket_(socket) {}
  // REQUIRES: the mutex of the Connections.
  void ShutDown();
  void TellGone();

  Connections& all_;
  const int socket_;
  // The following are guarded by the mutex of the Connections.
  bool resting_ = false;
  absl::Time deadline_ = absl::InfiniteFuture();
  std::function<void()> gone_;
};

// Thread-safe.
class Connections {
 public:
  // Looks after them every `interval`. `open` and `clock` must outlive it.
  Connections(size_t max, metrics::Gauge& open, const Clock& clock,
              absl::Duration interval = absl::Milliseconds(250));

  // Null when there are as many as there may be, or none may be opened any more.
  std::shared_ptr<OpenConnection> Add(int socket);

  // No further ones; those that rest end now, all others within `drain`. Returns when none is left.
  void Stop(absl::Duration drain);

 private:
  friend class OpenConnection;
  // Ends those whose time is over, and tells those whose client has gone.
  void LookAfter();
  void Remove(OpenConnection& connection);

  const size_t max_;
  metrics::Gauge& open_;
  const Clock& clock_;
  Mutex mutex_;
  CondVar emptied_;
  std::set<OpenConnection*> connections_ WINNOW_GUARDED_BY(mutex_);
  bool stopping_ WINNOW_GUARDED_BY(mutex_) = false;
  RepeatingThread watcher_;
};

}  // namespace winnow::http
